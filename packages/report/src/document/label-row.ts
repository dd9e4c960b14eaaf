/** What the table of labels says of each label: the same in the static page and in its script. */
import { formatCount, formatShare } from '@verger/core';
import type { LabelFacts } from '../data/report-data.ts';
import { labelWords } from '../html/words.ts';

/** Rows that the page shows before somebody asks for all. */
export const MOST_LABEL_ROWS = 200;

/** Columns of the table of labels, in order. `key`: what the script sorts by. */
export const LABEL_COLUMNS = [
  { key: 'label', head: 'Label', kind: 'name' },
  { key: 'count', head: 'Images', kind: 'number' },
  { key: 'spread', head: 'Spread', kind: 'number' },
  { key: 'nearest', head: 'Nearest label', kind: '' },
  { key: 'distance', head: 'Its distance', kind: 'number' },
  { key: 'own', head: 'Nearest to own', kind: 'number' },
] as const;
/** A column of the table of labels. */
export type LabelKey = (typeof LABEL_COLUMNS)[number]['key'];

const NONE = '–';
const rounded = (value: number) => value.toFixed(value >= 100 ? 0 : value >= 10 ? 1 : 2);

/** The texts of a row, in the order of `LABEL_COLUMNS`. Printable. */
export function labelCells(
  labels: readonly LabelFacts[],
  { label, count, spread, ...facts }: LabelFacts,
): string[] {
  const nearest = labels[facts.nearest];
  return [
    labelWords(label),
    formatCount(count),
    rounded(spread),
    nearest === undefined ? NONE : labelWords(nearest.label),
    nearest === undefined ? NONE : rounded(facts.nearestDistance),
    facts.compared === 0 ? NONE : formatShare(facts.right / facts.compared),
  ];
}

/** What a label is sorted by in a column: text or a number; labels without a value come last. */
export function sortValue(labels: readonly LabelFacts[], facts: LabelFacts, key: LabelKey): string | number {
  const nearest = labels[facts.nearest];
  switch (key) {
    case 'label':
      return facts.label;
    case 'count':
      return facts.count;
    case 'spread':
      return facts.spread;
    case 'nearest':
      return nearest?.label ?? '\uffff';
    case 'distance':
      return nearest === undefined ? Number.POSITIVE_INFINITY : facts.nearestDistance;
    case 'own':
      return facts.compared === 0 ? 2 : facts.right / facts.compared;
  }
}

/**
 * Places of the labels that hold the words, in the order asked for. Case and order of words do not matter.
 */
export function chosenLabels(
  labels: readonly LabelFacts[],
  { words, key, isDescending }: { words: string; key: LabelKey; isDescending: boolean },
): number[] {
  const wanted = words
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  const places = labels.flatMap(({ label }, place) => {
    const text = label.toLowerCase();
    return wanted.every((word) => text.includes(word)) ? [place] : [];
  });
  const values = new Map(
    places.map((place) => {
      const facts = labels[place];
      return [place, facts === undefined ? '' : sortValue(labels, facts, key)] as const;
    }),
  );
  const sign = isDescending ? -1 : 1;
  return places.sort((a, b) => sign * compared(values.get(a) ?? '', values.get(b) ?? '') || a - b);
}

function compared(a: string | number, b: string | number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
