import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deflateRawSync } from 'node:zlib';
import { chunk } from '../../../../test/attack/png.ts';
import { resizeBicubic } from '../resize/resize.ts';
import { decodeImage } from './decode-image.ts';
import { withLargestWindow } from './png-repair.ts';

const SIZE = { width: 100, height: 40 };
/** Rows that repeat from 300 bytes back and from 9,000, so that a small window is not enough. */
const RGB = Uint8Array.from({ length: 12_000 }, (_, at) => Math.imul(at % 9000, 2654435761) >>> 24);

function adler32(data: Uint8Array): number {
  let [a, b] = [1, 0];
  for (const byte of data) {
    a = (a + byte) % 65521;
    b = (b + a) % 65521;
  }
  return b * 65536 + a;
}

/** The zlib stream of the pixels, with this header before it. */
function stream(header: readonly [number, number]): Uint8Array {
  const rows = Buffer.concat(
    Array.from({ length: SIZE.height }, (_, y) =>
      Buffer.concat([Uint8Array.of(0), RGB.subarray(y * 300, y * 300 + 300)]),
    ),
  );
  const end = Buffer.alloc(4);
  end.writeUInt32BE(adler32(rows));
  return Buffer.concat([Uint8Array.from(header), deflateRawSync(rows), end]);
}

/** A PNG of these IDAT chunks. */
function png(...parts: readonly Uint8Array[]): Buffer {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(SIZE.width, 0);
  head.writeUInt32BE(SIZE.height, 4);
  head.set([8, 2], 8);
  const idats = parts.map((part) => chunk('IDAT', part));
  const signature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
  return Buffer.concat([signature, chunk('IHDR', head), ...idats, chunk('IEND', new Uint8Array())]);
}

const PIXELS = resizeBicubic(RGB, SIZE);

async function answerOf(bytes: Uint8Array): Promise<string> {
  const result = await decodeImage(bytes);
  if (!result.ok) return result.code;
  return Buffer.compare(result.pixels, PIXELS) === 0 ? 'its pixels' : 'other pixels';
}

/**
 * All windows that are too small, with the right check; 0x48 and 0x58 (4 and 8 KiB) reach back 300 bytes, not
 * 9,000.
 */
const HEADERS = [0x08, 0x18, 0x28, 0x38, 0x48, 0x58].map((method): [number, number] => [
  method,
  (31 - ((method * 256) % 31)) % 31,
]);

test('a window that is stated too small is mended, whatever it is', async () => {
  assert.equal(await answerOf(png(stream([0x78, 0x9c]))), 'its pixels');
  for (const header of HEADERS)
    assert.equal(await answerOf(png(stream(header))), 'its pixels', String(header));
});

test('the two bytes may be in chunks of their own, with empty ones between', async () => {
  const data = stream([0x18, 0x19]);
  const [first, second, rest] = [data.subarray(0, 1), data.subarray(1, 2), data.subarray(2)];
  const empty = new Uint8Array();
  assert.equal(await answerOf(png(first, data.subarray(1))), 'its pixels');
  assert.equal(await answerOf(png(empty, first, empty, empty, second, rest)), 'its pixels');
  assert.equal(await answerOf(png(data.subarray(0, 2), rest)), 'its pixels');
});

test('the level in the header stays, and nothing but two bytes and a CRC changes', () => {
  const bytes = png(stream([0x58, 0x85]));
  const mended = withLargestWindow(bytes)!;
  const changed = [...mended.keys()].filter((at) => mended[at] !== bytes[at]);
  const at = bytes.indexOf('IDAT') + 4;
  const crc = at + stream([0x58, 0x85]).length;
  assert.deepEqual([mended[at], mended[at + 1]], [0x78, 0x9c]);
  assert.ok(changed.every((place) => place === at || place === at + 1 || (place >= crc && place < crc + 4)));
});

test('what has the largest window, a wrong check, a dictionary or a wrong CRC is left as it is', async () => {
  for (const header of [
    [0x78, 0x9c],
    [0x18, 0x1a],
    [0x18, 0x38],
    [0x88, 0x1c],
    [0x19, 0x00],
  ] as const)
    assert.equal(withLargestWindow(png(stream(header))), undefined, String(header));
  const bytes = png(stream([0x18, 0x19]));
  bytes[bytes.length - 13]! ^= 1; // the last byte of the CRC of IDAT
  assert.equal(withLargestWindow(bytes), undefined);
  assert.equal(await answerOf(bytes), 'E_IMG_DECODE');
  assert.equal(withLargestWindow(png()), undefined);
  assert.equal(withLargestWindow(png(Uint8Array.of(0x18))), undefined);
  assert.equal(withLargestWindow(bytes.subarray(0, 50)), undefined);
});
