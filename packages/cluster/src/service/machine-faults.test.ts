import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VergerError } from '@verger/core';
import { CLOCK, SILENT } from '@verger/testkit/run-harness';
import { MachineFaults } from './machine-faults.ts';

const MINUTE_MS = 60_000;
const EXPIRED = new VergerError('E_S3_EXPIRED');

function faulty() {
  const clock = { ...CLOCK, nowMs: 0, monotonicMs: () => clock.nowMs };
  const ends: VergerError[] = [];
  const rests: number[] = [];
  const own = new MachineFaults({
    ...{ clock, logger: SILENT, rest: (ms: number) => void rests.push(ms), others: async () => true },
    giveUp: (error) => void ends.push(error),
  });
  return { own, clock, ends, rests };
}

test('an idle hour is no time of faults: the next one starts a new count', () => {
  const { own, clock, ends, rests } = faulty();
  for (let hour = 0; hour < 3; hour += 1, clock.nowMs += 60 * MINUTE_MS) own.passes(EXPIRED);
  assert.deepEqual(ends, []);
  assert.deepEqual(rests, [1000, 1000, 1000]);
});

for (const code of ['E_S3_EXPIRED', 'E_S3_UNREACHABLE'] as const) {
  test(`${code} keeps a process from being ready for two minutes without a job, not for ever`, () => {
    const { own, clock } = faulty();
    own.passes(new VergerError(code));
    clock.nowMs = 2 * MINUTE_MS;
    assert.equal(own.trouble?.code, code);
    clock.nowMs = 3 * MINUTE_MS;
    assert.equal(own.trouble, undefined);
  });
}

test('no fault is forgotten during a job: ten minutes of failing jobs are the end', async () => {
  const { own, clock, ends } = faulty();
  for (let job = 0; job < 4; job += 1) {
    assert.equal(own.trouble, job === 0 ? undefined : EXPIRED);
    await own.during(async () => {
      clock.nowMs += 5 * MINUTE_MS;
      assert.equal(own.trouble, job === 0 ? undefined : EXPIRED);
      own.passes(EXPIRED);
    });
    clock.nowMs += MINUTE_MS;
  }
  assert.equal(ends[0], EXPIRED);
});

test('a job that is taken after the fault was forgotten does not bring it back', async () => {
  const { own, clock } = faulty();
  own.passes(EXPIRED);
  clock.nowMs = 5 * MINUTE_MS;
  await own.during(async () => assert.equal(own.trouble, undefined));
});
