import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FEATURES, type PcaModel } from '@verger/core';
import { encodeFeatures } from '@verger/tables';
import { FINGERPRINT } from '@verger/testkit/rows';
import { comparePrecision, heldRows } from './precision.ts';

/** Rows of 1,280 features that are 0 but for the first few. */
const rowsOf = (firsts: readonly (readonly number[])[]) => {
  const features = new Float32Array(firsts.length * FEATURES);
  for (const [row, first] of firsts.entries()) features.set(first, row * FEATURES);
  return features;
};

/** Projects to the first two features. */
const axis = (at: number) => Array.from({ length: FEATURES }, (_, column) => (column === at ? 1 : 0));
const MODEL: PcaModel = {
  format: 'verger-pca-1',
  ...{
    k: 2,
    count: 9,
    mean: new Array<number>(FEATURES).fill(0),
    scale: new Array<number>(FEATURES).fill(1),
  },
  ...{ components: [axis(0), axis(1)], explainedVariance: [2, 1], explainedVarianceRatio: [0.6, 0.3] },
  ...{ totalVariance: 3, sumsDigest: '0'.repeat(64) },
  options: { variance: 0.75, components: null, standardise: false, sparkCompatible: false },
};
const TABLE = { names: ['a', 'b'], centroids: Float64Array.of(4, 0, 0, 4), k: 2 };

test('cosine, k and nearest centroid of both precisions, on a case that can be done by hand', () => {
  const float32 = rowsOf([
    [4, 0],
    [3, 0],
    [0, 4],
    [0, 2],
  ]);
  // The second row is turned by 45°, the last one by 90°: it is nearer to `a`.
  const int8 = rowsOf([
    [2, 0],
    [2, 2],
    [0, 4],
    [2, 0],
  ]);
  const labels = ['a', 'a', 'b', 'b'];
  const compared = comparePrecision({ float32, int8, labels, model: MODEL, table: TABLE });
  assert.equal(compared.images, 4);
  assert.deepEqual(compared.cosine, { median: 1, percentile1: 0, least: 0 });
  assert.equal(compared.float32.accuracy, 1);
  assert.equal(compared.int8.accuracy, 0.75);
  // Centred float32 rows: (2.25, −1.5), (1.25, −1.5), (−1.75, 2.5), (−1.75, .5); eigenvalues by hand.
  const [xx, xy, yy] = [12.75, -10.5, 11];
  const largest = (xx + yy + Math.sqrt((xx - yy) ** 2 + 4 * xy * xy)) / 2;
  assert.ok(Math.abs((compared.float32.cumulative[0] ?? 0) - largest / (xx + yy)) < 1e-12);
  // Of the int8 ones 13.4 of 14: one component keeps 75 % of both.
  assert.deepEqual([compared.float32.k, compared.int8.k], [1, 1]);
  assert.ok(Math.abs((compared.int8.cumulative[0] ?? 0) - (7 + Math.sqrt(41)) / 14) < 1e-12);
});

test('with one label there is no accuracy; labels without a centroid are left out', () => {
  const float32 = rowsOf([
    [4, 0],
    [0, 4],
  ]);
  const both = { float32, int8: float32, model: MODEL };
  const one = { names: ['a'], centroids: Float64Array.of(4, 0), k: 2 };
  assert.equal(comparePrecision({ ...both, labels: ['a', 'a'], table: one }).int8.accuracy, null);
  assert.equal(comparePrecision({ ...both, labels: ['a', 'other'], table: TABLE }).int8.accuracy, 1);
});

test('held images are found by path, at a place that they can have; else they are of another listing', async () => {
  const bad = { path: 'bad', label: 'x', code: 'E_IMG_DECODE', reason: 'Why.', bytes: 1 } as const;
  const quarantined = [{ ...bad, environmental: false }];
  const features = encodeFeatures(
    { paths: ['a', 'c', 'd'], labels: ['x', 'y', 'z'], features: rowsOf([[1], [2], [3]]) },
    { fingerprint: FINGERPRINT, numericClass: 'fake', listed: 4, quarantined },
  );
  const found = await heldRows({
    features,
    images: [
      { place: 1, path: 'bad' },
      { place: 2, path: 'c' },
      { place: 3, path: 'd' },
    ],
  });
  assert.deepEqual(
    [found?.found, found?.labels],
    [
      [1, 2],
      ['y', 'z'],
    ],
  );
  assert.deepEqual([found?.features[0], found?.features[FEATURES]], [2, 3]);
  for (const image of [
    { place: 3, path: 'a' },
    { place: 0, path: 'c' },
    { place: 1, path: 'gone' },
  ])
    assert.equal(await heldRows({ features, images: [image] }), null, image.path);
});
