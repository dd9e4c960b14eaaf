import type { LabelCentroids } from '@verger/core';
import { NEAREST_KEPT, NONE_INDEX } from './report-data.ts';
import { type ComparedPartition, isSampled, type RowRef } from './rows.ts';
import { Top } from './top.ts';

/** A row far from the centroid of its label. */
export type FarRow = RowRef & { readonly distance: number; readonly nearest: number };

/** What the rows of one label gave. */
export interface LabelRows {
  /** Root mean square distance of its rows from its centroid; 0 without a row. */
  readonly spread: number;
  /** Rows that were compared, and those of them that are nearest to their own centroid. */
  readonly compared: number;
  readonly right: number;
  /** Up to 8 of its rows, evenly in listing order. */
  readonly examples: readonly RowRef[];
  /** The farthest ones, the farthest first. */
  readonly far: readonly FarRow[];
}

/** Rows of a label whose pictures are shown. */
const EXAMPLES = 8;
/** As many as the page shows of all labels: they may all be of one. */
const FAR = 24;

interface OneLabel {
  readonly count: number;
  seen: number;
  squares: number;
  compared: number;
  right: number;
  readonly examples: RowRef[];
  readonly far: Top<FarRow>;
}

/** Keeps what is shown of each label. */
export class LabelKeeper {
  readonly #labels: readonly OneLabel[];

  constructor(labels: LabelCentroids['labels']) {
    this.#labels = labels.map(({ count }) => {
      return { count, seen: 0, squares: 0, compared: 0, right: 0, examples: [], far: new Top<FarRow>(FAR) };
    });
  }

  add({ labels, own, nearest }: ComparedPartition, at: number, ref: () => RowRef): void {
    const place = labels[at] ?? NONE_INDEX;
    const label = this.#labels[place];
    if (label === undefined) return;
    const distance = own[at] ?? Number.NaN;
    if (!Number.isNaN(distance)) label.squares += distance * distance;
    const first = nearest[at * NEAREST_KEPT] ?? NONE_INDEX;
    if (first !== NONE_INDEX) {
      label.compared += 1;
      if (first === place) label.right += 1;
    }
    const sample = { count: Math.min(EXAMPLES, label.count), rows: label.count };
    if (label.examples.length < EXAMPLES && isSampled(label.seen, sample)) label.examples.push(ref());
    label.seen += 1;
    if (!label.far.takes(distance)) return;
    label.far.offer(distance, () => ({ ...ref(), distance, nearest: first }));
  }

  end(): LabelRows[] {
    return this.#labels.map(({ seen, squares, compared, right, examples, far }) => ({
      spread: seen === 0 ? 0 : Math.sqrt(squares / seen),
      ...{ compared, right, examples },
      far: far.kept.map(({ value }) => value),
    }));
  }
}
