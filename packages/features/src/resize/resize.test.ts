import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { sha256 } from '@verger/core';
import fc from 'fast-check';
import wabt from 'wabt';
import { plainHorizontal, plainVertical } from '../testing/plain-resize.ts';
import { resizeBicubic } from './resize.ts';
import { horizontalPass, verticalPass } from './resize-passes.ts';
import { RESIZE_WASM } from './resize-wasm.ts';
import { axisWeights, WEIGHT_BITS } from './resize-weights.ts';

/** A picture that any language can draw: 7x + 13y + 101c + ⌊xy / 4⌋ modulo 256. */
function drawn(width: number, height: number): Uint8Array {
  const rgb = new Uint8Array(width * height * 3);
  for (let at = 0; at < rgb.length; at += 1) {
    const x = Math.floor(at / 3) % width;
    const y = Math.floor(at / 3 / width);
    rgb[at] = x * 7 + y * 13 + (at % 3) * 101 + ((x * y) >> 2);
  }
  return rgb;
}

/** First half of the sha256 of what Pillow 13.0 makes of `drawn(width, height)`. */
const PILLOW: readonly (readonly [number, number, string])[] = [
  [1, 1, '5985f3741793beb4ee1e421db0b48819'],
  [2, 3, 'cad3184fe234a0380e84a9b0f473064d'],
  [3, 1500, '4c5a8c61a831a78612f81c55d8b94c6b'],
  [1500, 3, 'd0c5a80ba2a117b9039745ad4c8bab05'],
  [4, 4, '399ed4548ed90c48d50ffc8214615429'],
  [5, 7, '8a0949504fe798bc60076e4bb308b131'],
  [100, 100, 'be610f668ad190e79d558f8faeffcd90'],
  [224, 100, 'ddafd626eb60c3dc1defde8951d3f1ce'],
  [100, 224, '3dd2a790fcf6d885698852bad72af2da'],
  [224, 224, 'cfb3395fe40c856e4acdd51ea3bf011b'],
  [225, 223, 'b9b9ed432ce8f00c78f227f948eba1cc'],
  [223, 225, '946d794d096ef51ad73bdffb25f2577d'],
  [448, 448, '8fe504ff3f266ddadf23f0fa86817f29'],
  [500, 37, '6ba1a21a1b38d7b18aa0b3d723978ae2'],
  [640, 480, 'bdfe50c62c1842353fe695edaadf7685'],
  [1001, 999, 'ea60180160a79e05e4ae5a68e07b4c17'],
  // Pillow 13 does the vertical pass first from here on: 377 - 224 is more than twice 300 - 224.
  [300, 376, '53d29d1a1dc88ae7d79f77fb5c4a2f88'],
  [300, 377, '404285035cc4da49a9ff26d1235e36aa'],
  [50, 2000, 'eb4dd5ffd36382f91f6213c9564f76f5'],
];

for (const [width, height, hash] of PILLOW) {
  test(`${width}×${height} is resized to Pillow's bits`, () => {
    assert.equal(sha256(resizeBicubic(drawn(width, height), { width, height })).slice(0, 32), hash);
  });
}

test('sizes in any order, more of them than are kept, give the same bits again', () => {
  for (let width = 30; width < 70; width += 1) resizeBicubic(drawn(width, 9), { width, height: 9 });
  for (const [width, height, hash] of PILLOW.slice(0, 8))
    assert.equal(sha256(resizeBicubic(drawn(width, height), { width, height })).slice(0, 32), hash);
});

test('an image of 224×224 comes back as a copy, not as itself', () => {
  const rgb = drawn(224, 224);
  const resized = resizeBicubic(rgb, { width: 224, height: 224 });
  assert.deepEqual(resized, rgb);
  resized[0] = 255 - resized[0]!;
  assert.notEqual(rgb[0], resized[0]);
});

test('given bytes get the bits of fresh ones, for every order of the passes', () => {
  for (const [width, height] of [
    [224, 224],
    [224, 100],
    [100, 224],
    [100, 90],
    [300, 900],
    [900, 700],
  ] as const) {
    const rgb = drawn(width, height);
    const fresh = resizeBicubic(rgb, { width, height });
    const given = new Uint8Array(fresh.length).fill(170);
    assert.equal(resizeBicubic(rgb, { width, height }, given), given);
    assert.deepEqual(given, fresh, `${width}×${height}`);
  }
});

test('pixels that are not width × height × 3 are refused', () => {
  assert.throws(() => resizeBicubic(new Uint8Array(11), { width: 2, height: 2 }), RangeError);
});

test('one colour stays that colour at every size', () => {
  const side = fc.integer({ min: 1, max: 300 });
  const byte = fc.integer({ min: 0, max: 255 });
  fc.assert(
    fc.property(side, side, byte, (width, height, value) => {
      const rgb = new Uint8Array(width * height * 3).fill(value);
      return resizeBicubic(rgb, { width, height }).every((pixel) => pixel === value);
    }),
    { numRuns: 40 },
  );
});

test('the weights of each output add up to one, and its window lies inside the input', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5000 }), (size) => {
      const { taps, first, weights } = axisWeights(size, 224);
      assert.equal(first.length, 224);
      for (let out = 0; out < 224; out += 1) {
        const sum = weights
          .subarray(out * taps, (out + 1) * taps)
          .reduce((total, weight) => total + weight, 0);
        assert.ok(Math.abs(sum - 2 ** WEIGHT_BITS) <= taps, `${size}: ${out} adds up to ${sum}`);
        assert.ok(first[out]! >= 0 && first[out]! + taps <= size);
      }
    }),
    { numRuns: 60 },
  );
});

/** Bytes that show every mistake: 0, 255 and all between. */
const noise = (length: number) => Uint8Array.from({ length }, (_, at) => (at * at * 31 + (at >> 3)) & 255);

test('both passes give the bits of one tap after the other, at any size', () => {
  const side = fc.integer({ min: 1, max: 700 });
  fc.assert(
    fc.property(side, fc.integer({ min: 1, max: 40 }), (long, short) => {
      const rgb = noise(long * short * 3);
      const across = horizontalPass(rgb, { width: long, height: short, side: 224 });
      assert.deepEqual(across, plainHorizontal(rgb, long, short));
      const rowBytes = short * 3;
      const down = verticalPass(rgb, { rowBytes, height: long, side: 224 });
      assert.deepEqual(down, plainVertical(rgb, rowBytes, long));
    }),
    { numRuns: 60 },
  );
});

// More than one strip of input, and more than one table of weights.
for (const [width, height] of [
  [1700, 1000],
  [400_000, 4],
] as const) {
  test(`what does not fit at once is resized in parts to the same bits: ${width} inputs of ${height}`, () => {
    const rgb = noise(width * height * 3);
    const across = horizontalPass(rgb, { width, height, side: 224 });
    assert.deepEqual(across, plainHorizontal(rgb, width, height));
    const rowBytes = height * 3;
    const down = verticalPass(rgb, { rowBytes, height: width, side: 224 });
    assert.deepEqual(down, plainVertical(rgb, rowBytes, width));
  });
}

test('the assembled passes are those of resize.wat', async () => {
  const { parseWat } = await wabt();
  const text = readFileSync(new URL('./resize.wat', import.meta.url));
  const { buffer } = parseWat('resize.wat', text, { simd: true }).toBinary({});
  assert.equal(RESIZE_WASM, Buffer.from(buffer).toString('base64'));
});
