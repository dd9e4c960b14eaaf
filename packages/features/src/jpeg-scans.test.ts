import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hasMoreScans } from './jpeg-scans.ts';

const START = [0xff, 0xd8];
const END = [0xff, 0xd9];
/** A scan with a stuffed zero and a restart in its data. */
const SCAN = [0xff, 0xda, 0, 4, 1, 2, 9, 0xff, 0, 0xda, 0xff, 0xd3, 7, 0xff];
const COMMENT = [0xff, 0xfe, 0, 8, 0xff, 0xda, 0xff, 0xd9, 0xff, 0xda];

const bytesOf = (...parts: readonly number[][]) => Uint8Array.from(parts.flat());

test('scans are counted, also behind a comment that holds an end of image', () => {
  const image = bytesOf(START, SCAN, SCAN.slice(0, -1), COMMENT, SCAN, END);
  assert.equal(hasMoreScans(image, 2), true);
  assert.equal(hasMoreScans(image, 3), false);
});

test('what looks like a scan behind the image, in a comment or cut off is none', () => {
  const video = Array.from({ length: 400 }, () => SCAN.slice(0, 6)).flat();
  const image = bytesOf(START, COMMENT, SCAN.slice(0, -1), END, video);
  assert.equal(hasMoreScans(image, 1), false);
  assert.equal(hasMoreScans(image, 0), true);
  assert.equal(hasMoreScans(image.subarray(0, 4), 0), false);
  assert.equal(hasMoreScans(new Uint8Array(0), 0), false);
});
