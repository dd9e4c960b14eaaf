import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { preparedSharp } from './decoder.ts';
import { firstGifFrame } from './gif-frame.ts';
import { countGifPixels } from './gif-pixels.ts';

test('what an encoder wrote is counted to the last pixel, through a full table too', async () => {
  const sizes = fc.record({
    width: fc.integer({ min: 1, max: 90 }),
    height: fc.integer({ min: 1, max: 90 }),
  });
  await fc.assert(
    fc.asyncProperty(sizes, fc.constantFrom(1, 7, 2654435761), async ({ width, height }, step) => {
      const data = Uint8Array.from({ length: width * height * 3 }, (_, at) => Math.imul(at, step) >>> 24);
      const gif = await preparedSharp()(data, { raw: { width, height, channels: 3 } })
        .gif()
        .toBuffer();
      const frame = firstGifFrame(gif)!;
      assert.equal(countGifPixels(gif, frame.dataAt, Number.POSITIVE_INFINITY), width * height);
    }),
    { numRuns: 40 },
  );
});

test('data that ends early, is not there, or has no code size that can be, holds fewer pixels', () => {
  // Code size 2: clear, 1, 1, 1, end, in codes of three bits.
  const data = Uint8Array.of(2, 2, 0b01_001_100, 0b0_101_001_0, 0);
  assert.equal(countGifPixels(data, 0, 9), 3);
  assert.equal(countGifPixels(data, 0, 2), 2);
  assert.equal(countGifPixels(data.subarray(0, 3), 0, 9), 1);
  assert.equal(countGifPixels(Uint8Array.of(8, 0), 0, 9), 0);
  assert.equal(countGifPixels(Uint8Array.of(255, 1, 1, 0), 0, 9), 0);
  assert.equal(countGifPixels(new Uint8Array(0), 0, 9), 0);
});
