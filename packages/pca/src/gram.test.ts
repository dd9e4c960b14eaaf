import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { plainIntegerGram } from './gram.ts';

/** The upper triangle of rowsᵀ·rows. */
function slowGram(rows: Float64Array, count: number, width: number): number[] {
  const products: number[] = [];
  for (let i = 0; i < width; i++) {
    for (let j = i; j < width; j++) {
      let sum = 0n;
      for (let row = 0; row < count; row++)
        sum += BigInt(rows[row * width + i]!) * BigInt(rows[row * width + j]!);
      products.push(Number(sum));
    }
  }
  return products;
}

test('the Gram matrix is that of a loop over BigInt, for any shape', async () => {
  const shape = fc.record({ count: fc.nat(9), width: fc.integer({ min: 1, max: 11 }), seed: fc.nat() });
  await fc.assert(
    fc.asyncProperty(shape, async ({ count, width, seed }) => {
      const rows = Float64Array.from(
        { length: count * width },
        (_, at) => ((at + 1) * (seed + 7919)) % 524289,
      );
      assert.deepEqual([...(await plainIntegerGram(rows, count, width))], slowGram(rows, count, width));
    }),
  );
});

test('16,384 rows of the largest integer are exact, over several passes', async () => {
  const count = 16384;
  const rows = new Float64Array(count * 5).fill(2 ** 19);
  rows[5 * (count - 1) + 4] = 2 ** 19 - 1;
  const gram = await plainIntegerGram(rows, count, 5);
  assert.equal(gram[0], 2 ** 52);
  assert.equal(gram[4], 2 ** 52 - 2 ** 19);
  assert.equal(gram[14], 2 ** 52 - 2 ** 20 + 1);
});
