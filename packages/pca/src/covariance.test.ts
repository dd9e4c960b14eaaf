import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FEATURE_SCALE, VergerError } from '@verger/core';
import { seededRows, sumsOf } from '@verger/testkit/sums-rows';
import fc from 'fast-check';
import { covarianceOf } from './covariance.ts';
import { emptySums } from './sums.ts';

const near = (actual: number, expected: number, message: string) =>
  assert.ok(
    Math.abs(actual - expected) <= 1e-14 * Math.max(1, Math.abs(expected)),
    `${message}: ${actual}, ${expected}`,
  );

test('mean and covariance are those of the definition, divisor n − 1', async () => {
  const rows = seededRows(40, 4, 9);
  const { matrix, mean, scale } = covarianceOf(await sumsOf(rows), false);
  const means = [0, 1, 2, 3].map((j) => rows.reduce((sum, row) => sum + row[j]!, 0) / 40);
  let at = 0;
  for (let i = 0; i < 4; i++) {
    near(mean[i]!, means[i]!, `mean ${i}`);
    for (let j = 0; j <= i; j++) {
      const products = rows.map((row) => (row[i]! - means[i]!) * (row[j]! - means[j]!));
      near(matrix[at++]!, products.reduce((sum, product) => sum + product, 0) / 39, `covariance ${i} ${j}`);
    }
  }
  assert.deepEqual([...scale], [1, 1, 1, 1]);
});

test('standardised: the correlation, with scale 1 for a constant feature', async () => {
  const rows = seededRows(30, 3, 4).map(([a, b]) => [a!, 2.7, b!]);
  const sums = await sumsOf(rows);
  const plain = covarianceOf(sums, false).matrix;
  const { matrix, scale } = covarianceOf(sums, true);
  assert.deepEqual([...scale], [Math.sqrt(plain[0]!), 1, Math.sqrt(plain[5]!)]);
  assert.deepEqual([matrix[0], matrix[1], matrix[2], matrix[4], matrix[5]], [1, 0, 0, 0, 1]);
  near(matrix[3]!, plain[3]! / (scale[0]! * scale[2]!), 'correlation');
});

test('a feature that differs in one row of a million varies; a constant one does not', () => {
  const sums = emptySums(2);
  const count = 1_000_000n;
  const [large, next] = [524287n, 524286n];
  sums.count = Number(count);
  sums.max = Number(large);
  sums.sum.set([large * count, large * (count - 1n) + next]);
  const mixed = large * sums.sum[1]!;
  sums.products.set([large * large * count, mixed, large * large * (count - 1n) + next * next]);
  const { matrix } = covarianceOf(sums, false);
  assert.deepEqual([...matrix.subarray(0, 2)], [0, 0]);
  // (n − 1)·1 / (n·(n − 1)) in units of 2^-32; in doubles alone it would drown.
  near(matrix[2]! * 2 ** 32 * 1e6, 1, 'variance');
});

test('numerators on either side of 2^53 are those of exact integers, rounded once', () => {
  const upTo = (bits: number) => fc.bigInt({ min: 0n, max: 1n << BigInt(bits) });
  const size = fc.integer({ min: 1, max: 31 }).chain((bits) => fc.tuple(upTo(bits), upTo(bits)));
  const count = fc.bigInt({ min: 2n, max: 1n << 20n });
  const mixed = fc.bigInt({ min: -(1n << 52n), max: 1n << 52n });
  const near53 = fc.bigInt({ min: (1n << 53n) - 99n, max: (1n << 53n) + 99n });
  fc.assert(
    fc.property(size, count, fc.oneof(mixed, near53), upTo(20), ([a, b], n, product, more) => {
      const square = (sum: bigint) => (sum * sum) / n + 1n + more;
      const sums = emptySums(2);
      sums.count = Number(n);
      sums.sum.set([a, b]);
      sums.products.set([square(a), product, square(b)]);
      const exact = [n * square(a) - a * a, n * product - a * b, n * square(b) - b * b];
      const divisor = Number(n * (n - 1n)) * FEATURE_SCALE * FEATURE_SCALE;
      assert.deepEqual(
        [...covarianceOf(sums, false).matrix],
        exact.map((numerator) => Number(numerator) / divisor),
      );
    }),
    { numRuns: 500 },
  );
});

test('no two rows, no variance and impossible sums are three different errors', async () => {
  const failure = async (rows: number[][], spoil = false) => {
    const sums = await sumsOf(rows, { width: 2 });
    if (spoil) sums.products[0] = 1n;
    try {
      covarianceOf(sums, false);
    } catch (error) {
      return error instanceof VergerError ? error.code : error;
    }
    return 'none';
  };
  assert.equal(await failure([]), 'E_PCA_TOO_FEW');
  assert.equal(await failure([[1, 2]]), 'E_PCA_TOO_FEW');
  assert.equal(
    await failure([
      [1, 2],
      [1, 2],
      [1, 2],
    ]),
    'E_PCA_NO_VARIANCE',
  );
  assert.equal(
    await failure(
      [
        [1, 2],
        [3, 2],
      ],
      true,
    ),
    'E_SUMS_CORRUPT',
  );
  assert.equal(
    await failure([
      [1, 2],
      [1, 2.0001],
    ]),
    'none',
  );
});
