import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Deferred, defer } from '@verger/core';
import { askedRarely } from './asked-rarely.ts';

function harness(limitMs = 60_000) {
  const clock = { nowMs: 0, monotonicMs: () => clock.nowMs };
  const asked: Deferred<string>[] = [];
  const errors: unknown[] = [];
  const ask = () => {
    const answer = defer<string>();
    asked.push(answer);
    return answer.promise;
  };
  const rarely = askedRarely(ask, (error) => errors.push(error), { clock, keepMs: 5_000, limitMs });
  return { clock, asked, errors, rarely };
}

test('an answer serves everybody for its time, then it is asked for again', async () => {
  const { clock, asked, rarely } = harness();
  const both = [rarely(), rarely()];
  assert.equal(asked.length, 1);
  asked[0]?.resolve('first');
  assert.deepEqual(await Promise.all(both), ['first', 'first']);
  clock.nowMs = 4_999;
  assert.equal(await rarely(), 'first');
  clock.nowMs = 5_000;
  const next = rarely();
  assert.equal(asked.length, 2);
  asked[1]?.resolve('second');
  assert.equal(await next, 'second');
});

test('a question that is not answered is not asked a second time, and nobody waits longer than the limit', async () => {
  const { clock, asked, rarely } = harness(1);
  assert.equal(await rarely(), undefined);
  clock.nowMs = 60_000;
  assert.equal(await rarely(), undefined);
  assert.equal(asked.length, 1);
  asked[0]?.resolve('late');
  await asked[0]?.promise;
  assert.equal(await rarely(), 'late');
});

test('an error is no answer, is told once, and is kept as long as an answer', async () => {
  const { clock, asked, errors, rarely } = harness();
  const first = rarely();
  asked[0]?.reject(new Error('gone'));
  assert.equal(await first, undefined);
  assert.equal(await rarely(), undefined);
  assert.deepEqual([asked.length, errors.length], [1, 1]);
  clock.nowMs = 5_000;
  const again = rarely();
  asked[1]?.resolve('back');
  assert.equal(await again, 'back');
});
