import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LabelFacts } from '../../data/report-data.ts';
import {
  cellAfter,
  cellLines,
  heatMapOf,
  shareOf,
  stepWords,
  strengthOf,
  WRONG_STEPS,
} from './heat-map-model.ts';

const LABELS = ['apple', 'pear', ''].map(
  (label, at): LabelFacts => ({
    ...{ label, count: 100, spread: 1, nearest: 0, nearestDistance: 1, right: 80, compared: 100 },
    ...{ tiles: [], centroid: [at * 3] },
  }),
);
const CELLS: [number, number, number][] = [
  [0, 0, 80],
  [0, 1, 20],
  [1, 1, 100],
  [2, 0, 7],
];
const MODEL = heatMapOf({ labels: LABELS, cells: CELLS, most: 150 });

test('every cell names own label, nearest label and count', () => {
  const said = [...MODEL.counts.keys()].filter((cell) => (MODEL.counts[cell] ?? 0) > 0);
  assert.deepEqual(said.map((cell) => cellLines(MODEL, cell).join(', ')).sort(), [
    '(no label) mistaken for apple, 7 images (7.0 % of 100)',
    'apple mistaken for pear, 20 images (20.0 % of 100)',
    'apple: nearest to its own centroid, 80 images (80.0 % of 100)',
    'pear: nearest to its own centroid, 100 images (100.0 % of 100)',
  ]);
  const [largest = -1] = MODEL.mistakes;
  assert.match(cellLines(MODEL, largest)[0] ?? '', /^apple mistaken for pear$/);
  assert.equal(shareOf(MODEL, largest), 0.2);
});

test('arrow keys stay within the picture, Page Down goes from mistake to mistake', () => {
  assert.equal(cellAfter(MODEL, 'ArrowRight', undefined), 0);
  assert.equal(cellAfter(MODEL, 'ArrowRight', 2), 2);
  assert.equal(cellAfter(MODEL, 'ArrowDown', 2), 5);
  assert.equal(cellAfter(MODEL, 'Home', 5), 3);
  assert.equal(cellAfter(MODEL, 'PageDown', undefined), MODEL.mistakes[0]);
  assert.equal(cellAfter(MODEL, 'PageDown', MODEL.mistakes[0]), MODEL.mistakes[1]);
  assert.equal(cellAfter(MODEL, 'PageDown', MODEL.mistakes[1]), MODEL.mistakes[1]);
  assert.equal(cellAfter(MODEL, 'x', 2), undefined);
});

test('the diagonal and the mistakes have steps that differ, and the legend names them', () => {
  const [apple = -1] = [...MODEL.counts.keys()].filter((cell) => MODEL.counts[cell] === 80);
  const [pear = -1] = [...MODEL.counts.keys()].filter((cell) => MODEL.counts[cell] === 100);
  assert.ok(strengthOf(MODEL, apple) < strengthOf(MODEL, pear) - 0.15, '80 % is seen not to be 100 %');
  assert.deepEqual(
    MODEL.mistakes.map((cell) => strengthOf(MODEL, cell).toFixed(2)),
    ['0.87', '0.61'],
  );
  const last = '40 % and more';
  assert.deepEqual(stepWords(WRONG_STEPS), ['< 2 %', '2–5 %', '5–10 %', '10–20 %', '20–40 %', last]);
});

test('no labels: nothing to choose', () => {
  const empty = heatMapOf({ labels: [], cells: [], most: 150 });
  assert.equal(cellAfter(empty, 'ArrowRight', undefined), undefined);
});
