import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type LabelCentroids, labelCentroidsSchema } from '@verger/core';
import { featuresOf, seededRows, sumsOf } from '@verger/testkit/sums-rows';
import { labelCentroids, nearestLabels } from './centroids.ts';
import { fitPca } from './fit.ts';
import { projectRows } from './project.ts';

test('a centroid is the mean of the projections of its label, in the convention of the model', async () => {
  const rows = seededRows(21, 5, 14);
  const names = ['\u{1f34e}', 'pear', '\uffff'];
  const label = (row: number) => names[row % 3]!;
  const sums = await sumsOf(rows, { label });
  for (const standardise of [false, true]) {
    for (const sparkCompatible of [false, true]) {
      const model = fitPca(sums, { variance: null, components: 3, standardise, sparkCompatible });
      const centroids = labelCentroids(sums, model);
      labelCentroidsSchema.parse(centroids);
      assert.deepEqual(
        centroids.labels.map((entry) => [entry.label, entry.count]),
        [
          ['pear', 7],
          ['\uffff', 7],
          ['\u{1f34e}', 7],
        ],
      );
      const projection = projectRows(featuresOf(rows), 21, model);
      for (const entry of centroids.labels) {
        assert.equal(entry.centroid.length, 3);
        for (const [c, value] of entry.centroid.entries()) {
          let sum = 0;
          for (let row = 0; row < 21; row++) if (label(row) === entry.label) sum += projection[row * 3 + c]!;
          assert.ok(Math.abs(value - sum / 7) < 1e-13);
        }
      }
    }
  }
});

test('labels that were left out are told', async () => {
  const sums = await sumsOf(seededRows(4, 2, 1));
  const model = fitPca(sums, { variance: 0.5, components: null, standardise: false, sparkCompatible: false });
  assert.equal(labelCentroids(sums, model).truncated, false);
  sums.labelsTruncated = true;
  assert.equal(labelCentroids(sums, model).truncated, true);
});

const at = (points: Record<string, number[]>): LabelCentroids => ({
  format: 'verger-labels-1',
  truncated: false,
  labels: Object.entries(points).map(([label, centroid]) => ({ label, count: 1, centroid })),
});

test('each label has its nearest other, the closest pairs first', () => {
  const centroids = at({ a: [0, 0], b: [3, 4], c: [3, 5], d: [-6, -8] });
  assert.deepEqual(nearestLabels(centroids, 10), [
    { label: 'b', nearest: 'c', distance: 1 },
    { label: 'c', nearest: 'b', distance: 1 },
    { label: 'a', nearest: 'b', distance: 5 },
    { label: 'd', nearest: 'a', distance: 10 },
  ]);
  assert.deepEqual(
    nearestLabels(centroids, 3).map(({ label }) => label),
    ['b', 'c', 'a'],
  );
  assert.deepEqual(nearestLabels(centroids, 0), []);
});

test('a label is near another, never itself, and the first on a tie', () => {
  assert.deepEqual(nearestLabels(at({ a: [1], b: [1], c: [1] }), 9), [
    { label: 'a', nearest: 'b', distance: 0 },
    { label: 'b', nearest: 'a', distance: 0 },
    { label: 'c', nearest: 'a', distance: 0 },
  ]);
  assert.deepEqual(nearestLabels(at({ only: [1] }), 9), []);
  assert.deepEqual(nearestLabels(at({}), 9), []);
});
