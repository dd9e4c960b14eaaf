import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pauseAfter } from './outage-limit.ts';

test('looks take a fifth of the time at most; after an outage the next is seconds away', () => {
  assert.equal(pauseAfter(20, 1000), 1000);
  assert.equal(pauseAfter(600, 1000), 2400);
  assert.equal(pauseAfter(120_000, 1000), 5000);
  assert.equal(pauseAfter(120_000, 8000), 8000);
});
