import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readTiffColours } from './tiff-tags.ts';

/** A TIFF of two tags in these widths and this byte order. */
function headOf({ isBig, little }: { isBig: boolean; little: boolean }, tags: readonly [number, number][]) {
  const out = new DataView(new ArrayBuffer(200));
  out.setUint16(0, little ? 0x4949 : 0x4d4d);
  out.setUint16(2, isBig ? 43 : 42, little);
  if (isBig) out.setBigUint64(8, 24n, little);
  else out.setUint32(4, 24, little);
  if (isBig) out.setBigUint64(24, BigInt(tags.length), little);
  else out.setUint16(24, tags.length, little);
  for (const [index, [tag, value]] of tags.entries()) {
    const at = (isBig ? 32 : 26) + index * (isBig ? 20 : 12);
    out.setUint16(at, tag, little);
    out.setUint16(at + 2, 3, little);
    if (isBig) out.setBigUint64(at + 4, 1n, little);
    else out.setUint32(at + 4, 1, little);
    out.setUint16(at + (isBig ? 12 : 8), value, little);
  }
  return new Uint8Array(out.buffer);
}

test('compression and colours are read from TIFF and BigTIFF, in both byte orders', () => {
  for (const isBig of [false, true])
    for (const little of [false, true])
      assert.deepEqual(
        readTiffColours(
          headOf({ isBig, little }, [
            [256, 9],
            [259, 7],
            [262, 6],
            [262, 2],
          ]),
        ),
        { compression: 7, photometric: 6 },
      );
});

test('what is not there is undefined; nothing is known of a directory beyond the bytes', () => {
  const bytes = headOf({ isBig: false, little: true }, [[256, 9]]);
  assert.deepEqual(readTiffColours(bytes), { compression: undefined, photometric: undefined });
  for (const length of [0, 3, 6, 20, 25]) assert.equal(readTiffColours(bytes.subarray(0, length)), undefined);
});

test("a number may be a byte or a long, in the file's order", () => {
  for (const type of [1, 3, 4]) {
    const bytes = headOf({ isBig: false, little: false }, [[262, 0]]);
    bytes[29] = type;
    bytes[34 + [0, 0, 0, 1, 3][type]!] = 6;
    assert.equal(readTiffColours(bytes)?.photometric, 6);
  }
});
