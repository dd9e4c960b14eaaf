/** What every fleet must do: run by the tests of each adapter. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Fleet } from '../fleet.ts';

/** A fleet without machines, and a way to wait until it has what was asked for. */
export interface FleetSite {
  readonly fleet: Fleet;
  settled(vcpus: number): Promise<void>;
}

/** Adds the battery. */
export function fleetFacts(name: string, open: (t: TestContext) => Promise<FleetSite>): void {
  const none = { desiredVcpus: 0, inServiceVcpus: 0, bootingVcpus: 0, drainingVcpus: 0 };
  const stateOf = async (fleet: Fleet) => {
    const { limits: _, ...state } = await fleet.describe();
    return state;
  };

  test(`${name}: what was asked for counts at once, and runs when it has booted`, async (t) => {
    const { fleet, settled } = await open(t);
    assert.deepEqual(await stateOf(fleet), none);
    await fleet.ask(3);
    const asked = await stateOf(fleet);
    assert.equal(asked.desiredVcpus, 3);
    assert.equal(asked.inServiceVcpus + asked.bootingVcpus, 3);
    await settled(3);
    assert.deepEqual(await stateOf(fleet), { ...none, desiredVcpus: 3, inServiceVcpus: 3 });
  });

  test(`${name}: asking again for the same changes nothing, and nothing leads back to nothing`, async (t) => {
    const { fleet, settled } = await open(t);
    await fleet.ask(2);
    await fleet.ask(2);
    await settled(2);
    assert.equal((await fleet.describe()).desiredVcpus, 2);
    await fleet.ask(0);
    await settled(0);
    assert.deepEqual(await stateOf(fleet), none);
  });
}
