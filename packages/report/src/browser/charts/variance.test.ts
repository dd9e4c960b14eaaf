import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cumulativeOf, usefulComponents } from './variance.ts';

test('shares add up, and rounding does not lead beyond the whole', () => {
  assert.deepEqual(cumulativeOf([0.5, 0.25]), [0.5, 0.75]);
  assert.equal(cumulativeOf([0.6, 0.4000001]).at(-1), 1);
});

test('the chart begins with k and as much beyond it, with ten or with all', () => {
  assert.equal(usefulComponents(1280, 25), 50);
  assert.equal(usefulComponents(1280, 2), 10);
  assert.equal(usefulComponents(7, 2), 7);
});
