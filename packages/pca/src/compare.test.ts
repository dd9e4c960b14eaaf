import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededNumbers } from '@verger/core';
import fc from 'fast-check';
import { compareWithCentroids } from './compare.ts';
import { nearPairs } from './near-pairs.ts';

const NONE = 0xffff;

/** All distances, and by them the places of the nearest. */
function plainly(row: readonly number[], centroids: readonly (readonly number[])[]) {
  const squared = centroids.map((one) => one.reduce((sum, value, at) => sum + (value - row[at]!) ** 2, 0));
  const order = [...squared.keys()].sort((a, b) => squared[a]! - squared[b]! || a - b);
  return { squared, order };
}

function tableOf(rows: readonly (readonly number[])[], k: number) {
  return { points: Float64Array.from(rows.flat()), count: rows.length, k };
}

test('nearest centroids and distances are those of comparing everything, ties included', () => {
  const small = fc.integer({ min: -2, max: 2 });
  const shape = fc.record({ k: fc.integer({ min: 1, max: 19 }), labels: fc.integer({ min: 1, max: 9 }) });
  const made = shape.chain(({ k, labels }) =>
    fc.record({
      k: fc.constant(k),
      centroids: fc.array(fc.array(small, { minLength: k, maxLength: k }), {
        minLength: labels,
        maxLength: labels,
      }),
      rows: fc.array(
        fc.record({
          values: fc.array(small, { minLength: k, maxLength: k }),
          own: fc.oneof(fc.constant(NONE), fc.integer({ min: 0, max: labels - 1 })),
          isWanted: fc.boolean(),
        }),
        { maxLength: 12 },
      ),
    }),
  );
  fc.assert(
    fc.property(made, ({ k, centroids, rows }) => {
      const table = tableOf(
        rows.map(({ values }) => values),
        k,
      );
      const own = Uint16Array.from(rows, ({ own: place }) => place);
      const isWanted = (row: number) => rows[row]!.isWanted;
      const compared = { ...table, own, isWanted };
      const found = compareWithCentroids(compared, tableOf(centroids, k), { kept: 3, none: NONE });
      for (const [index, row] of rows.entries()) {
        const { squared, order } = plainly(row.values, centroids);
        const nearest = Array.from({ length: 3 }, (_, at) => (row.isWanted ? (order[at] ?? NONE) : NONE));
        assert.deepEqual([...found.nearest.subarray(index * 3, index * 3 + 3)], nearest);
        const distance = (place: number | undefined) =>
          place === undefined ? Number.NaN : Math.fround(Math.sqrt(squared[place]!));
        assert.equal(found.own[index], distance(row.own === NONE ? undefined : row.own));
        const other = order.find((place) => place !== row.own);
        assert.equal(found.other[index], row.isWanted ? distance(other) : Number.NaN);
      }
    }),
  );
});

test('the closest pairs of different labels are found, each row once, and none beyond the limit', () => {
  const random = seededNumbers(5);
  const k = 11;
  const count = 400;
  const points = Float32Array.from({ length: count * k }, () => random() * 10);
  const labels = Uint16Array.from({ length: count }, (_, row) => row % 3);
  // Copies, one of them with the same label.
  points.copyWithin(30 * k, 10 * k, 11 * k); // 10 and 30: labels 1 and 0
  points.copyWithin(40 * k, 10 * k, 11 * k); // 40: label 1, as 10
  points.copyWithin(200 * k, 100 * k, 101 * k); // 100 and 200: labels 1 and 2
  points[200 * k] = points[200 * k]! + 0.25;
  const pairs = nearPairs({ points, k, labels }, { most: 12, within: 0.5 });
  assert.deepEqual(
    pairs.map(({ a, b }) => [a, b]),
    [
      [10, 30],
      [100, 200],
    ],
  );
  assert.equal(pairs[0]?.distance, 0);
  assert.ok(Math.abs((pairs[1]?.distance ?? 0) - 0.25) < 1e-3);
  const all = nearPairs({ points, k, labels }, { most: 5, within: Number.POSITIVE_INFINITY });
  assert.deepEqual(all.slice(0, 2), pairs);
  assert.equal(new Set(all.flatMap(({ a, b }) => [a, b])).size, 10);
});

test('many copies of one image under two labels give several pairs, in no time', () => {
  const count = 5000;
  const points = new Float32Array(count * 100).fill(3);
  const labels = Uint16Array.from({ length: count }, (_, row) => row % 2);
  const ofTwo = nearPairs({ points, k: 100, labels }, { most: 12, within: 1 });
  assert.equal(ofTwo.length, 3, 'of two labels');
  for (const row of labels.keys()) labels[row] = row % 40;
  const pairs = nearPairs({ points, k: 100, labels }, { most: 12, within: 1 });
  assert.equal(pairs.length, 12);
  assert.ok(pairs.every(({ a, b, distance }) => distance === 0 && labels[a] !== labels[b]));
});
