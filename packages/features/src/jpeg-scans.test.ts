import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hasMoreScans } from './jpeg-scans.ts';

test('scans are counted in the bytes that are given, and no further', () => {
  const whole = Buffer.from([0xff, 0xda, 0, 0xff, 0xda, 0xda, 0xff, 0x00, 0xda, 0xff, 0xff, 0xda]);
  assert.equal(hasMoreScans(whole, 2), true);
  assert.equal(hasMoreScans(whole, 3), false);
  assert.equal(hasMoreScans(whole.subarray(1, 11), 1), false);
  assert.equal(hasMoreScans(new Uint8Array(whole).subarray(1, 12), 1), true);
  assert.equal(hasMoreScans(new Uint8Array(0), 0), false);
});
