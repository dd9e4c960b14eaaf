import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { symmetricEigen } from './eigen.ts';

type Square = number[][];

/** Lower triangle, row-major packed. */
const packed = (matrix: Square) => Float64Array.from(matrix.flatMap((row, i) => row.slice(0, i + 1)));

/** Symmetric from any entries [width²]. */
const symmetric = (width: number, entry: (i: number, j: number) => number): Square =>
  Array.from({ length: width }, (_, i) =>
    Array.from({ length: width }, (_, j) => entry(Math.max(i, j), Math.min(i, j))),
  );

const identity = (width: number) => symmetric(width, (i, j) => (i === j ? 1 : 0));

function largestGap(a: Square, b: Square): number {
  return Math.max(0, ...a.flatMap((row, i) => row.map((value, j) => Math.abs(value - b[i]![j]!))));
}

/** Values and vectors are those of the matrix: A·v = λ·v, vectors orthonormal, values ml-matrix's. */
function assertEigen(matrix: Square): void {
  const width = matrix.length;
  const size = Math.max(...matrix.flat().map(Math.abs)) * width;
  const { values, vectors } = symmetricEigen(packed(matrix), width);
  const flat = vectors(width);
  const rows = Array.from({ length: width }, (_, at) => [...flat.subarray(at * width, (at + 1) * width)]);
  const v = new Matrix(rows);
  assert.ok(largestGap(v.mmul(v.transpose()).to2DArray(), identity(width)) < 1e-13, 'orthonormal');
  const scaled = rows.map((row, at) => row.map((value) => value * values[at]!));
  assert.ok(largestGap(v.mmul(new Matrix(matrix)).to2DArray(), scaled) <= 1e-14 * size, 'A·v = λ·v');
  const oracle = new EigenvalueDecomposition(new Matrix(matrix), { assumeSymmetric: true }).realEigenvalues;
  assert.ok(largestGap([[...values]], [oracle.toSorted((a, b) => b - a)]) <= 1e-14 * size, 'values');
  assert.deepEqual(
    values,
    values.toSorted((a, b) => b - a),
    'descending',
  );
}

test('a random symmetric matrix is solved as ml-matrix solves it', () => {
  const matrices = fc.integer({ min: 1, max: 14 }).chain((width) =>
    fc
      .array(fc.integer({ min: -(2 ** 22), max: 2 ** 22 }), {
        minLength: width * width,
        maxLength: width * width,
      })
      .map((entries) => symmetric(width, (i, j) => entries[i * width + j]! / 2 ** 20)),
  );
  fc.assert(fc.property(matrices, assertEigen), { numRuns: 300 });
});

test('a matrix of low rank, with few different entries and so with repeated values, is solved', () => {
  const matrices = fc
    .record({ width: fc.integer({ min: 1, max: 16 }), rank: fc.nat(3) })
    .chain(({ width, rank }) =>
      fc
        .array(fc.integer({ min: -2, max: 2 }), { minLength: width * rank, maxLength: width * rank })
        .map((entries) =>
          symmetric(width, (i, j) => {
            let sum = 0;
            for (let r = 0; r < rank; r++) sum += entries[i * rank + r]! * entries[j * rank + r]!;
            return sum;
          }),
        ),
    );
  fc.assert(fc.property(matrices, assertEigen), { numRuns: 300 });
});

const degenerate: Record<string, Square> = {
  zero: symmetric(5, () => 0),
  identity: identity(7),
  'all ones': symmetric(9, () => 1),
  'a single entry off the diagonal': symmetric(6, (i, j) => (i === 4 && j === 1 ? 3 : 0)),
  'two blocks that do not meet': symmetric(8, (i, j) => (i < 4 === j < 4 ? 1 / (i + j + 1) : 0)),
  'equal values in pairs': symmetric(10, (i, j) => (i === j ? (i >> 1) + 1 : 0)),
  'Hilbert: values down to rounding': symmetric(24, (i, j) => 1 / (i + j + 1)),
  'Wilkinson W21+: pairs that agree to 1e-14': symmetric(21, (i, j) =>
    i === j ? Math.abs(i - 10) : i - j === 1 ? 1 : 0,
  ),
  'ten copies of W21+ glued by 1e-8: clusters': symmetric(210, (i, j) =>
    i === j ? Math.abs((i % 21) - 10) : i - j === 1 ? (i % 21 === 0 ? 1e-8 : 1) : 0,
  ),
  'graded over 40 orders': symmetric(12, (i, j) => 10 ** -(1.7 * (i + j))),
  'graded the other way': symmetric(12, (i, j) => 10 ** -(1.7 * (22 - i - j))),
  'entries near the smallest a run can have': symmetric(6, (i, j) => 1e-25 / (i + j + 1)),
  'reflection: values 1 and −1 many times': symmetric(
    15,
    (i, j) => (i === j ? 1 : 0) - (2 * (i + 1) * (j + 1)) / 1240,
  ),
};
for (const [name, matrix] of Object.entries(degenerate)) {
  test(`${name} is solved`, () => assertEigen(matrix));
}

test('rows of zeros at the end change no bit of the rest', () => {
  const entry = (i: number, j: number) => 1 / (i + j + 1);
  const small = symmetricEigen(packed(symmetric(6, entry)), 6);
  const large = symmetricEigen(packed(symmetric(40, (i, j) => (i < 6 ? entry(i, j) : 0))), 40);
  assert.deepEqual(large.values.slice(0, 6), small.values);
  assert.deepEqual(large.values.slice(6), new Float64Array(34));
  const vectors = large.vectors(6);
  for (let v = 0; v < 6; v++) {
    assert.deepEqual(vectors.slice(v * 40, v * 40 + 6), small.vectors(6).slice(v * 6, v * 6 + 6));
  }
});

test('a vector has the same bits however many are asked for', () => {
  const width = 70;
  const matrix = symmetric(width, (i, j) => Math.abs(((i * 37 + j * 101) % 64) - 32) / 8);
  const { vectors } = symmetricEigen(packed(matrix), width);
  const all = vectors(width);
  for (const count of [1, 3, 4, 64, 66]) assert.deepEqual(vectors(count), all.slice(0, count * width));
});
