/** Folds the compared rows of a run, one partition after another, into what an HTML report shows of them. */
import type { LabelCentroids } from '@verger/core';
import { CloseRowKeeper, type CloseRows } from './close-rows.ts';
import { LabelKeeper, type LabelRows } from './label-rows.ts';
import { MistakeKeeper, type Mistakes } from './mistakes.ts';
import {
  MOST_COMPARED_ROWS,
  MOST_COMPONENTS,
  MOST_POINTS,
  NEAREST_KEPT,
  NONE_INDEX,
  type Points,
} from './report-data.ts';
import { type ComparedPartition, isSampled, type RowRef } from './rows.ts';
import { Top } from './top.ts';

/** The run whose rows are folded. */
export interface CollectorShape {
  /** As in pca/labels.json, by byte order. */
  readonly labels: LabelCentroids['labels'];
  readonly k: number;
  /** Rows of all partitions. */
  readonly rows: number;
}

/** A row at one end of a component. */
export type EndRow = RowRef & { readonly value: number };

/** What the rows of a run gave. */
export interface CollectedRows {
  /** Without their pictures: `rowsOf` says which row each point is. */
  readonly points: Omit<Points, 'tiles'>;
  /** [points.count]: the row of each point. */
  readonly rowsOf: Uint32Array;
  /** Of the first components: the outermost rows at each end. */
  readonly ends: readonly { readonly low: readonly EndRow[]; readonly high: readonly EndRow[] }[];
  readonly labels: readonly LabelRows[];
  readonly mistakes: Mistakes;
  readonly close: CloseRows;
  /** Rows whose nearest centroids are known. */
  readonly compared: number;
}

/** Components whose ends are shown, and rows at each end. */
const SHOWN_COMPONENTS = 6;
const ROWS_AT_AN_END = 8;

/**
 * Takes the partitions of a run in their order; the same rows give the same result. Memory: 100,000 points
 * of ten numbers and their paths, 5,000 rows of k numbers, and a few rows for each label and for each pair of
 * labels that are mistaken for each other.
 */
export class ReportCollector {
  readonly #shape: CollectorShape;
  readonly #count: number;
  readonly #components: number;
  readonly #columns: Omit<Points, 'tiles' | 'paths'>;
  readonly #paths: string[] = [];
  readonly #rowsOf: Uint32Array;
  readonly #ends: { readonly low: Top<EndRow>; readonly high: Top<EndRow> }[];
  readonly #labels: LabelKeeper;
  readonly #mistakes = new MistakeKeeper();
  readonly #close = new CloseRowKeeper(MOST_COMPARED_ROWS);
  #row = 0;
  #compared = 0;

  constructor(shape: CollectorShape) {
    this.#shape = shape;
    const { rows, k } = shape;
    const count = Math.min(rows, MOST_POINTS);
    const components = Math.min(k, MOST_COMPONENTS);
    this.#count = count;
    this.#components = components;
    this.#columns = {
      ...{ rows, count, components, values: new Float32Array(components * count) },
      labels: new Uint16Array(count).fill(NONE_INDEX),
      nearest: new Uint16Array(count * NEAREST_KEPT).fill(NONE_INDEX),
    };
    this.#rowsOf = new Uint32Array(count);
    this.#ends = Array.from({ length: Math.min(k, SHOWN_COMPONENTS) }, () => ({
      low: new Top<EndRow>(ROWS_AT_AN_END),
      high: new Top<EndRow>(ROWS_AT_AN_END),
    }));
    this.#labels = new LabelKeeper(shape.labels);
  }

  /** Of `ComparedPartition.close` only rows whose two distances differ by no more than this are of use. */
  get closeWithin(): number {
    return this.#close.limit;
  }

  /** Errors: a plain Error for more rows than were announced. */
  add(part: ComparedPartition): void {
    if (this.#row + part.paths.length > this.#shape.rows) throw new Error('more rows than the commits count');
    for (const [at, path] of part.paths.entries()) {
      const ref = () => ({
        row: this.#row + at,
        partition: part.partition,
        path,
        label: part.labels[at] ?? 0,
      });
      if (isSampled(this.#row + at, this.#columns)) this.#addPoint(part, at);
      this.#addEnds(part, at, ref);
      this.#labels.add(part, at, ref);
      if (!Number.isNaN(part.other[at])) this.#compared += 1;
      this.#mistakes.add(part, at, ref);
    }
    this.#addClose(part);
    this.#row += part.paths.length;
  }

  /** Errors: a plain Error for fewer rows than were announced. */
  end(): CollectedRows {
    if (this.#row !== this.#shape.rows) throw new Error('fewer rows than the commits count');
    const kept = (top: Top<EndRow>) => top.kept.map(({ value }) => value);
    return {
      points: { ...this.#columns, paths: this.#paths },
      rowsOf: this.#rowsOf,
      ends: this.#ends.map(({ low, high }) => ({ low: kept(low), high: kept(high) })),
      labels: this.#labels.end(),
      mistakes: this.#mistakes.end(),
      close: this.#close.end(this.#shape.k),
      compared: this.#compared,
    };
  }

  #addPoint({ values, labels, nearest, paths }: ComparedPartition, at: number): void {
    const point = this.#paths.length;
    const components = this.#components;
    for (let component = 0; component < components; component += 1) {
      this.#columns.values[component * this.#count + point] = values[at * components + component] ?? 0;
    }
    this.#columns.labels[point] = labels[at] ?? NONE_INDEX;
    const from = at * NEAREST_KEPT;
    this.#columns.nearest.set(nearest.subarray(from, from + NEAREST_KEPT), point * NEAREST_KEPT);
    this.#rowsOf[point] = this.#row + at;
    this.#paths.push(paths[at] ?? '');
  }

  #addEnds({ values }: ComparedPartition, at: number, ref: () => RowRef): void {
    for (const [component, { low, high }] of this.#ends.entries()) {
      const value = values[at * this.#components + component] ?? 0;
      if (low.takes(-value)) low.offer(-value, () => ({ ...ref(), value }));
      if (high.takes(value)) high.offer(value, () => ({ ...ref(), value }));
    }
  }

  #addClose({ partition, paths, labels, own, other, close }: ComparedPartition): void {
    const { k } = this.#shape;
    for (const [index, at] of close.rows.entries()) {
      const ref = { row: this.#row + at, partition, path: paths[at] ?? '', label: labels[at] ?? NONE_INDEX };
      const closeness = Math.abs((other[at] ?? Number.NaN) - (own[at] ?? Number.NaN));
      this.#close.add(ref, closeness, close.points.slice(index * k, (index + 1) * k));
    }
  }
}
