import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LabelFacts } from '../../data/report-data.ts';
import { type Cells, confusionOrder, mostConfused } from './confusion-order.ts';

const labelsAt = (centroids: readonly (readonly number[])[]): LabelFacts[] =>
  centroids.map((centroid, at) => ({
    ...{ label: `label ${at}`, count: 100, spread: 1, nearest: 0, nearestDistance: 1 },
    ...{ right: 80, compared: 100, tiles: [], centroid },
  }));

test('labels that are confused stand together, each label once', () => {
  const places = Array.from({ length: 12 }, (_, at) => at);
  // Pairs 0–6, 1–7, …: far apart by name.
  const cells: Cells = places.slice(0, 6).flatMap((at): [number, number, number][] => [
    [at, at, 70],
    [at, at + 6, 30],
  ]);
  const order = confusionOrder(places, labelsAt(places.map((at) => [at * 50])), cells);
  assert.deepEqual(
    order.toSorted((a, b) => a - b),
    places,
  );
  for (const at of places.slice(0, 6)) {
    assert.equal(Math.abs(order.indexOf(at) - order.indexOf(at + 6)), 1, `${order}`);
  }
});

test('without any confusion near centroids stand together', () => {
  const order = confusionOrder([0, 1, 2, 3], labelsAt([[0], [100], [1], [101]]), []);
  assert.equal(Math.abs(order.indexOf(0) - order.indexOf(2)), 1);
  assert.equal(Math.abs(order.indexOf(1) - order.indexOf(3)), 1);
});

test('of more labels than fit the most confused ones are taken, in their order', () => {
  const cells: Cells = [
    [0, 0, 500],
    [4, 1, 9],
    [3, 2, 5],
    [0, 5, 1],
  ];
  assert.deepEqual(mostConfused(6, cells, 4), [1, 2, 3, 4]);
  assert.deepEqual(mostConfused(3, cells, 4), [0, 1, 2]);
});

test('one label and none have an order too', () => {
  assert.deepEqual(confusionOrder([0], labelsAt([[0]]), []), [0]);
  assert.deepEqual(confusionOrder([], [], []), []);
});
