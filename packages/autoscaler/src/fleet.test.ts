import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tellingFleet } from './fleet.ts';
import { fleetFacts } from './testing/fleet-facts.ts';

fleetFacts('a fleet that is only told', async () => {
  let alive = 0;
  return {
    fleet: tellingFleet(() => alive),
    settled: async (vcpus) => {
      alive = vcpus;
    },
  };
});

test('what runs when it is seen first counts as what was asked for: a restart lowers nothing', async () => {
  const fleet = tellingFleet(() => 8);
  const { desiredVcpus, inServiceVcpus, bootingVcpus } = await fleet.describe();
  assert.deepEqual([desiredVcpus, inServiceVcpus, bootingVcpus], [8, 8, 0]);
  assert.equal(fleet.group, null);
});
