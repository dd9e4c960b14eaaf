import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Silence, silentMs, startedFleet, withSilence } from './started.ts';

const KEEP_MS = 300_000;
const FLEET = { desiredVcpus: 16, inServiceVcpus: 12, bootingVcpus: 4, drainingVcpus: 2 };

/** Looks each 10 s from `fromS` to `toS`; gives what was noted so far. */
function during(
  before: readonly Silence[],
  fromS: number,
  toS: number,
  aliveVcpus: number,
  unsizedWorkers = 0,
) {
  let silences = before;
  for (let second = fromS; second <= toS; second += 10) {
    const when = { nowMs: second * 1000, keepMs: KEEP_MS };
    silences = withSilence(silences, FLEET, { aliveVcpus, unsizedWorkers }, when);
  }
  return silences;
}

const partsOf = (silences: readonly Silence[]) => {
  const { runningVcpus, bootingVcpus, silentVcpus, ...rest } = startedFleet(FLEET, silences, KEEP_MS);
  assert.deepEqual(rest, { desiredVcpus: 16, drainingVcpus: 2 });
  return [runningVcpus, bootingVcpus, silentVcpus];
};

test('in service without a heartbeat is booting, and after its time neither', () => {
  const first = during([], 0, 290, 0);
  assert.deepEqual(partsOf(first), [0, 16, 0]);
  const second = during(first, 300, 300, 8);
  assert.deepEqual(partsOf(second), [8, 4, 4], 'the 4 of which no look saw a heartbeat');
  assert.deepEqual(partsOf(during(second, 310, 310, 12)), [12, 4, 0]);
});

test('a heartbeat that is missing for some looks makes nothing useless', () => {
  const all = during([], 0, 600, 12);
  assert.deepEqual(partsOf(during(all, 610, 900, 0)), [0, 16, 0]);
});

test('workers beside the group, and of unknown size, do not count as more than it has', () => {
  assert.deepEqual(partsOf(during([], 0, 600, 40)), [12, 4, 0]);
  assert.deepEqual(partsOf(during([], 0, 600, 1, 1)), [12, 4, 0]);
});

test('only so much is kept as is looked back on: 3 boots, a minute at least', () => {
  assert.ok(during([], 0, 36_000, 0).length <= 32);
  assert.deepEqual([silentMs({ bootSeconds: 120 }), silentMs({ bootSeconds: 1 })], [360_000, 60_000]);
});
