import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { onnxIntegerGram } from './integer-gram.ts';

const LARGEST = 2 ** 19 - 1;

/** The upper triangle of rowsᵀ·rows in BigInt. */
function exactGram(rows: Float64Array, count: number, width: number): bigint[] {
  const out: bigint[] = [];
  for (let i = 0; i < width; i += 1) {
    for (let j = i; j < width; j += 1) {
      let sum = 0n;
      for (let row = 0; row < count; row += 1)
        sum += BigInt(rows[row * width + i]!) * BigInt(rows[row * width + j]!);
      out.push(sum);
    }
  }
  return out;
}

test('any integers below 2^19 give the exact Gram matrix', async () => {
  const shape = fc.tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 17 }));
  const values = fc.integer({ min: 0, max: 2 ** 19 });
  const matrix = shape.chain(([count, width]) =>
    fc.tuple(
      fc.constant(count),
      fc.constant(width),
      fc.array(values, { minLength: count * width, maxLength: count * width }),
    ),
  );
  await fc.assert(
    fc.asyncProperty(matrix, async ([count, width, numbers]) => {
      const rows = Float64Array.from(numbers);
      const seen = await onnxIntegerGram(rows.slice(), count, width);
      assert.deepEqual(Array.from(seen, BigInt), exactGram(rows, count, width));
    }),
    { numRuns: 40 },
  );
});

test('16,384 rows of the largest values are exact: no bit is lost at 2^52', async () => {
  const [count, width] = [16_384, 3];
  const rows = new Float64Array(count * width).fill(LARGEST);
  // Odd products, and one column that differs by one in one row: a single lost bit would show.
  rows[(count - 1) * width + 1] = LARGEST - 1;
  for (let row = 0; row < count; row += 1) rows[row * width + 2] = 2 ** 19 - (row % 2);
  const seen = await onnxIntegerGram(rows.slice(), count, width);
  assert.deepEqual(Array.from(seen, BigInt), exactGram(rows, count, width));
});

test('at widths of several stripes, the last one partly filled, sampled entries are exact', async () => {
  for (const width of [1280, 601]) {
    const count = 300;
    const rows = Float64Array.from({ length: count * width }, (_, at) => (at * 2654435761) % 2 ** 19);
    const seen = await onnxIntegerGram(rows.slice(), count, width);
    assert.equal(seen.length, (width * (width + 1)) / 2);
    for (let at = 0; at < 400; at += 1) {
      const [a, b] = [(at * 37) % width, (at * 911) % width];
      const [i, j] = [Math.min(a, b), Math.max(a, b)];
      let exact = 0n;
      for (let row = 0; row < count; row += 1)
        exact += BigInt(rows[row * width + i]!) * BigInt(rows[row * width + j]!);
      assert.equal(BigInt(seen[i * width - (i * (i + 1)) / 2 + j]!), exact, `${width}: ${i}, ${j}`);
    }
  }
});

test('no rows give zeros, a longer buffer is read to its count, a shorter one is refused', async () => {
  assert.deepEqual(await onnxIntegerGram(new Float64Array(), 0, 2), new Float64Array(3));
  assert.deepEqual(await onnxIntegerGram(Float64Array.of(1, 2, 9, 9), 1, 2), Float64Array.of(1, 2, 4));
  await assert.rejects(onnxIntegerGram(Float64Array.of(1), 1, 2), RangeError);
});

test('a product stays as it was when the next is made', async () => {
  const first = await onnxIntegerGram(Float64Array.of(1, 2), 1, 2);
  await onnxIntegerGram(Float64Array.of(5, 7), 1, 2);
  assert.deepEqual(first, Float64Array.of(1, 2, 4));
});
