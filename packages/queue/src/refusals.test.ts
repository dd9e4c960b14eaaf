import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keepingLogger } from '@verger/testkit/queue-harness';
import { ReplyError } from 'ioredis';
import { Refusals } from './refusals.ts';
import type { Refused } from './types.ts';

function refusals() {
  const logger = keepingLogger();
  const seen: Refused[] = [];
  const clock = { nowMs: 0, monotonicMs: () => clock.nowMs };
  const onRefused = (refused: Refused) => void seen.push(refused);
  const made = new Refusals({ location: 'redis://there', logger, clock, onRefused });
  return { made, logger, seen, clock };
}

const FULL = "OOM command not allowed when used memory > 'maxmemory'.";

test('pauses grow to a minute, and begin again after an answer', () => {
  const { made } = refusals();
  const pauses = () => Array.from({ length: 9 }, () => made.met('fetch', new ReplyError(FULL)) / 1000);
  const longest = [1, 2, 4, 8, 16, 32, 60, 60, 60];
  for (const [index, pause] of pauses().entries()) {
    const most = longest[index] ?? 0;
    assert.ok(pause <= most && pause >= 0.75 * most, `${pause} s`);
  }
  made.well('fetch');
  assert.ok((pauses()[0] ?? 9) <= 1);
  const lost = Array.from({ length: 9 }, () => made.met('wait', new Error('Connection is closed.')));
  assert.ok(Math.max(...lost) <= 2_000);
});

test('it is known what is refused and since when; a job that is done begins the time again', () => {
  const { made, seen, clock } = refusals();
  const refused = () => made.refused;
  assert.equal(refused(), undefined);
  clock.nowMs = 5_000;
  made.met('heartbeat', new ReplyError(FULL));
  clock.nowMs = 6_000;
  made.met('fetch', new ReplyError('BUSY running a script'), 'extract');
  assert.deepEqual([refused()?.error.code, refused()?.sinceMs], ['E_REDIS_REFUSED', 5_000]);
  made.well('heartbeat');
  assert.deepEqual([refused()?.error.code, refused()?.sinceMs], ['E_REDIS_BUSY', 6_000]);
  clock.nowMs = 9_000;
  made.well('finish');
  assert.equal(refused()?.sinceMs, 9_000);
  made.well('fetch', 'extract');
  assert.equal(refused(), undefined);
  assert.equal(seen.length, 2);
});

test('a pause ends when another refused call has its answer, and with its signal', async () => {
  const { made } = refusals();
  const ending = new AbortController();
  const began = performance.now();
  made.met('heartbeat', new ReplyError(FULL));
  const paused = made.pause(made.met('fetch', new ReplyError(FULL)) + 60_000, ending.signal);
  made.well('wait');
  made.well('heartbeat');
  await paused;
  const again = made.pause(60_000, ending.signal);
  ending.abort();
  await again;
  assert.ok(performance.now() - began < 30_000);
});

test('the log has a line a minute for each code, and one when it is over', () => {
  const { made, logger, clock } = refusals();
  for (clock.nowMs = 0; clock.nowMs < 600_000; clock.nowMs += 200) {
    const error = new ReplyError(FULL);
    made.met('fetch', error);
    made.say(error); // as BullMQ emits it once more
    made.met('heartbeat', new ReplyError('BUSY running a script'));
  }
  assert.equal(logger.lines.length, 20);
  made.well('fetch');
  made.well('heartbeat');
  assert.equal(logger.lines.at(-1)?.message, 'Redis accepts requests again');
});

test('what is not asked again is forgotten: one refusal long ago says nothing', () => {
  const { made, seen, clock, logger } = refusals();
  const beat = (untilMs: number) => {
    for (; clock.nowMs < untilMs; clock.nowMs += 5_000) made.well('heartbeat');
  };
  made.met('locks', new ReplyError('BUSY running a script'), 'extract');
  made.met('give back', new ReplyError('BUSY running a script'), 'extract');
  beat(120_000);
  assert.equal(made.refused?.error.code, 'E_REDIS_BUSY', 'a lock is renewed within this');
  beat(200_000);
  assert.equal(made.refused, undefined);
  assert.equal(logger.lines.at(-1)?.message, 'Redis accepts requests again');
  clock.nowMs = 3_600_000;
  made.met('locks', new ReplyError('LOADING the dataset'), 'extract');
  assert.equal(seen.at(-1)?.sinceMs, 3_600_000);
  assert.ok(made.met('give back', new ReplyError(FULL), 'extract') <= 1_000, 'pauses begin again');
});

test('what goes on is not forgotten, a minute and a wait apart', () => {
  const { made, clock } = refusals();
  for (; clock.nowMs < 3_600_000; clock.nowMs += 100_000) made.met('wait', new ReplyError(FULL), 'extract');
  assert.equal(made.refused?.sinceMs, 0);
});

test('what is refused to one after the other has lasted since the first', () => {
  const { made, clock } = refusals();
  for (let index = 0; clock.nowMs < 3_600_000; clock.nowMs += 100_000, index += 1) {
    const asker = (['finish', 'fetch', 'locks'] as const)[index % 3] ?? 'wait';
    made.met(asker, new ReplyError(FULL), 'extract');
    assert.equal(made.refused?.sinceMs, 0);
  }
  clock.nowMs += 200_000;
  assert.equal(made.refused, undefined);
});
