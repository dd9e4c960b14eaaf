import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cosineBetween } from './cosine.ts';

test('the cosine of the same direction is 1, of a right angle 0; vectors of zeros are alike', () => {
  assert.equal(cosineBetween([3, 4], [6, 8]), 1);
  assert.equal(cosineBetween([1, 0], [0, 1]), 0);
  assert.deepEqual([cosineBetween([0, 0], [0, 0]), cosineBetween([0, 0], [0, 1])], [1, 0]);
  assert.ok(Number.isNaN(cosineBetween([1, Number.NaN], [1, 1])));
});
