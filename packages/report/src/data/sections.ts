/** Which rows the sections of an HTML report show, chosen from what the rows of the run gave. */
import type { LabelCentroids, Quarantined, Report } from '@verger/core';
import type { CollectedRows } from './collector.ts';
import type { FarRow } from './label-rows.ts';
import type { RowRef } from './rows.ts';

/** Two labels that are mistaken for each other, with rows to show. */
export interface ChosenPair {
  readonly a: number;
  readonly b: number;
  readonly aAsB: number;
  readonly bAsA: number;
  readonly distance: number;
  readonly rowsOfA: readonly RowRef[];
  readonly rowsOfB: readonly RowRef[];
}

/** A row far from its centroid, with its distance over the spread of its label. */
export type OddRow = FarRow & { readonly ratio: number };

/** Two rows of different labels that lie almost on each other. */
export interface CloseRowPair {
  readonly a: RowRef;
  readonly b: RowRef;
  readonly distance: number;
}

/** An image in quarantine, and its partition. */
export type PlacedQuarantined = Quarantined & { readonly partition: number };

/** Images in quarantine with one code, some of them to show. */
export interface ChosenQuarantine {
  readonly entry: Report['quarantine'][number];
  readonly images: readonly PlacedQuarantined[];
}

const MOST_PAIRS = 12;
const MOST_ODD = 24;
/** Images of a label below which its spread says nothing. */
const LEAST_IMAGES = 3;
/** An image is odd from this many times the spread of its label on. */
const ODD_RATIO = 2;
/** Codes of images that ended the process which decoded them: they would again. */
const LETHAL: readonly string[] = ['E_IMG_CRASH', 'E_IMG_TIMEOUT', 'E_IMG_MEMORY'];
/** Images of one code that are shown. */
const QUARANTINED_SHOWN = 12;

/** The labels that are most often mistaken for each other, the most often first. */
export function choosePairs(rows: CollectedRows, labels: LabelCentroids['labels']): ChosenPair[] {
  const counts = new Map<string, { a: number; b: number; aAsB: number; bAsA: number }>();
  for (const [own, nearest, count] of rows.mistakes.cells) {
    if (own === nearest) continue;
    const [a, b] = own < nearest ? [own, nearest] : [nearest, own];
    const pair = counts.get(`${a} ${b}`) ?? { a, b, aAsB: 0, bAsA: 0 };
    if (own === a) pair.aAsB += count;
    else pair.bAsA += count;
    counts.set(`${a} ${b}`, pair);
  }
  const most = [...counts.values()].sort(
    (x, y) => y.aAsB + y.bAsA - x.aAsB - x.bAsA || x.a - y.a || x.b - y.b,
  );
  return most.slice(0, MOST_PAIRS).map((pair) => ({
    ...pair,
    distance: distanceOf(labels[pair.a]?.centroid ?? [], labels[pair.b]?.centroid ?? []),
    rowsOfA: rows.mistakes.rowsOf(pair.a, pair.b),
    rowsOfB: rows.mistakes.rowsOf(pair.b, pair.a),
  }));
}

function distanceOf(one: readonly number[], other: readonly number[]): number {
  return Math.sqrt(one.reduce((sum, value, at) => sum + (value - (other[at] ?? 0)) ** 2, 0));
}

/** The rows farthest from their centroid, from twice the spread of their label on, the farthest first. */
export function chooseOdd(rows: CollectedRows, labels: LabelCentroids['labels']): OddRow[] {
  const all = rows.labels.flatMap(({ far, spread }, place) =>
    (labels[place]?.count ?? 0) < LEAST_IMAGES || spread === 0
      ? []
      : far.map((row) => ({ ...row, ratio: row.distance / spread })),
  );
  return all
    .filter(({ ratio }) => ratio >= ODD_RATIO)
    .sort((a, b) => b.ratio - a.ratio || a.row - b.row)
    .slice(0, MOST_ODD);
}

/** The codes of the report, each with the first of its images. */
export function chooseQuarantine(
  entries: Report['quarantine'],
  quarantined: readonly PlacedQuarantined[],
): ChosenQuarantine[] {
  return entries.map((entry) => {
    const images: PlacedQuarantined[] = [];
    for (const record of quarantined) {
      if (images.length === QUARANTINED_SHOWN) break;
      if (record.code === entry.code) images.push(record);
    }
    return { entry, images };
  });
}

/** Everything that is chosen. */
export interface Sections {
  readonly rows: CollectedRows | null;
  readonly pairs: readonly ChosenPair[];
  readonly odd: readonly OddRow[];
  readonly duplicates: readonly CloseRowPair[];
  readonly quarantine: readonly ChosenQuarantine[];
}

/** An image whose picture is wanted: its listing line is found by partition and path. */
export type PictureRef = Pick<RowRef, 'partition' | 'path'>;

/** Names a picture among others. */
export const pictureKey = ({ partition, path }: PictureRef) => `${partition} ${path}`;

/**
 * The pictures that the page has a place for, at most so many, each once: those of its sections first, then
 * one of each label, a second of each, and so on; those in quarantine last, without those that ended a
 * process.
 */
export function planPictures(sections: Sections, most: number): PictureRef[] {
  const wanted = new Map<string, PictureRef>();
  const want = ({ partition, path }: PictureRef) => {
    const ref = { partition, path };
    if (wanted.size < most) wanted.set(pictureKey(ref), ref);
  };
  const { rows, pairs, odd, duplicates, quarantine } = sections;
  for (const { rowsOfA, rowsOfB } of pairs) for (const row of [...rowsOfA, ...rowsOfB]) want(row);
  for (const row of odd) want(row);
  for (const { a, b } of duplicates) for (const row of [a, b]) want(row);
  for (const { low, high } of rows?.ends ?? []) for (const row of [...low, ...high]) want(row);
  const labels = rows?.labels ?? [];
  for (const turn of TURNS) {
    for (const { examples } of labels) {
      const row = examples[turn];
      if (row !== undefined) want(row);
    }
  }
  for (const { entry, images } of quarantine) {
    if (!LETHAL.includes(entry.code)) for (const image of images) want(image);
  }
  return [...wanted.values()];
}

/** In which order examples of a label are taken, so that any few of them are far apart. */
const TURNS = [4, 0, 6, 2, 7, 3, 5, 1];
