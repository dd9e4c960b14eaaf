import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ImageRate } from './image-rate.ts';

test('the rate is that of the last minute, or of the time since the start', () => {
  let nowMs = 5_000;
  const rate = new ImageRate({ monotonicMs: () => nowMs });
  assert.equal(rate.perSecond(), 0);
  nowMs += 10_000;
  rate.done(50);
  assert.equal(rate.perSecond(), 5);
  nowMs += 55_000;
  rate.done(70);
  assert.equal(rate.perSecond(), 2);
  nowMs += 20_000;
  assert.equal(rate.perSecond(), 1.17);
  nowMs += 60_000;
  assert.equal(rate.perSecond(), 0);
});
