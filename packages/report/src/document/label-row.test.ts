import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type LabelFacts, NONE_INDEX } from '../data/report-data.ts';
import { chosenLabels, labelCells } from './label-row.ts';

const label = (name: string, facts: Partial<LabelFacts> = {}): LabelFacts => ({
  ...{ label: name, count: 10, spread: 1, nearest: NONE_INDEX, nearestDistance: 0 },
  ...{ right: 5, compared: 10, tiles: [], centroid: [] },
  ...facts,
});
const LABELS = [
  label('Apple Red', { count: 30, nearest: 2, nearestDistance: 12.345, right: 9 }),
  label('', { compared: 0 }),
  label('red \u202eBeet', { count: 1_200, spread: 123.4, right: 1 }),
];
const chosen = (words: string, key: 'label' | 'count' | 'own' | 'distance' = 'label', isDescending = false) =>
  chosenLabels(LABELS, { words, key, isDescending });

test('a row is printable, and what is not known is a dash', () => {
  assert.deepEqual(labelCells(LABELS, LABELS[0] ?? label('')), [
    'Apple Red',
    '30',
    '1.00',
    'red \\u202eBeet',
    '12.3',
    '90.0 %',
  ]);
  assert.deepEqual(labelCells(LABELS, LABELS[1] ?? label('')), ['(no label)', '10', '1.00', '–', '–', '–']);
  assert.deepEqual(labelCells(LABELS, LABELS[2] ?? label('')).slice(1, 3), ['1,200', '123']);
});

test('labels are found by words in any case and order', () => {
  assert.deepEqual(chosen('RED'), [0, 2]);
  assert.deepEqual(chosen('red apple'), [0]);
  assert.deepEqual(chosen('pear'), []);
  assert.deepEqual(chosen(' '), [1, 0, 2]);
});

test('labels are sorted by a column, those without a value last', () => {
  assert.deepEqual(chosen('', 'count', true), [2, 0, 1]);
  assert.deepEqual(chosen('', 'own'), [2, 0, 1]);
  assert.deepEqual(chosen('', 'distance'), [0, 1, 2]);
});
