import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VergerError } from '@verger/core';
import { Patience } from './patience.ts';
import { scalingError } from './scaling-error.ts';

/** When an API that always fails with that code is called within half an hour, seconds. */
async function calledAt(code: 'E_SCALING_BUSY' | 'E_SCALING_DENIED'): Promise<number[]> {
  const clock = { ms: 0, monotonicMs: () => clock.ms };
  const patience = new Patience(clock);
  const called: number[] = [];
  for (; clock.ms <= 30 * 60_000; clock.ms += 10_000) {
    const call = async () => {
      called.push(clock.ms / 1000);
      throw new VergerError(code);
    };
    await assert.rejects(
      patience.call(call, (thrown) => scalingError(thrown, 'g')),
      { code },
    );
  }
  return called;
}

test('pauses grow from 10 s to 5 minutes, from a minute where a person must act', async () => {
  assert.deepEqual(await calledAt('E_SCALING_BUSY'), [0, 10, 30, 70, 150, 310, 610, 910, 1210, 1510]);
  assert.deepEqual(await calledAt('E_SCALING_DENIED'), [0, 60, 180, 420, 720, 1020, 1320, 1620]);
});

test('an answer ends the pauses', async () => {
  const clock = { ms: 0, monotonicMs: () => clock.ms };
  const patience = new Patience(clock);
  const asError = (thrown: unknown) => scalingError(thrown, 'g');
  const fail = async () => assert.fail('Rate exceeded');
  for (let index = 0; index < 5; index += 1) {
    await assert.rejects(patience.call(fail, asError));
    clock.ms += 400_000;
  }
  assert.equal(await patience.call(async () => 7, asError), 7);
  await assert.rejects(patience.call(fail, asError));
  clock.ms += 10_000;
  assert.equal(await patience.call(async () => 8, asError), 8);
});
