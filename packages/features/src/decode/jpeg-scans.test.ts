import assert from 'node:assert/strict';
import { test } from 'node:test';
import { breaksInScan, hasMoreScans } from './jpeg-scans.ts';

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

/** A sequential frame of that many components, and the head of its only scan. */
const headOf = (kind: number, components: number, inScan = components) => [
  ...[0xff, kind, 0, 8 + 3 * components, 8, 0, 9, 0, 9, components],
  ...Array.from({ length: 3 * components }, () => 1),
  ...[0xff, 0xda, 0, 6 + 2 * inScan, inScan, ...Array.from({ length: 2 * inScan }, () => 0), 0, 63, 0],
];
const DATA = [1, 2, 0xff, 0, 3];
const RESTART = [0xff, 0xd3];
const TABLE = [0xff, 0xc4, 0, 3, 9];

test('a scan breaks off at what is no restart, no whole segment and no end', () => {
  const broken = (...rest: readonly number[][]) =>
    breaksInScan(bytesOf(START, headOf(0xc0, 3), DATA, ...rest));
  assert.equal(broken(END), false);
  assert.equal(broken(), false);
  assert.equal(broken(RESTART, DATA, END, [0xff, 0xf7]), false);
  assert.equal(broken([0xff, 0xff], END), false);
  assert.equal(broken(COMMENT, TABLE, END), false);
  assert.equal(broken(TABLE), false);
  for (const marker of [0x02, 0xbf, 0xc0, 0xc2, 0xc8, 0xd8, 0xda, 0xde, 0xf0, 0xf7])
    assert.equal(broken([0xff, marker, 0, 4, 0, 0], DATA, END), true, marker.toString(16));
  // What only looks like a segment: its length leads into other data, or behind the end.
  assert.equal(broken([0xff, 0xe4, 0, 4, 1, 2], DATA, END), true);
  assert.equal(broken([0xff, 0xfe, 9, 9], DATA, END), true);
  assert.equal(broken([0xff, 0xe4, 0]), true);
});

test('of several scans, and of bytes without a scan, nothing is said', () => {
  const odd = [0xff, 0xf7, 0, 4, 0, 0];
  assert.equal(breaksInScan(bytesOf(START, headOf(0xc2, 3), DATA, odd, END)), false);
  assert.equal(breaksInScan(bytesOf(START, headOf(0xc0, 3, 1), DATA, odd, END)), false);
  assert.equal(breaksInScan(bytesOf(START, headOf(0xc9, 1), DATA, odd, END)), true);
  assert.equal(breaksInScan(bytesOf(START, COMMENT, END)), false);
  assert.equal(breaksInScan(new Uint8Array(0)), false);
});
