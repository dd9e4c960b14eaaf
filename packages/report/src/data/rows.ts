/** What is folded into a report's data: the rows of a projection, one partition after another. */

/** A row that the page may show. */
export interface RowRef {
  /** Its place among all rows of the run, in listing order, from 0. */
  readonly row: number;
  readonly partition: number;
  readonly path: string;
  /** Place in the labels; NONE_INDEX where its label is not kept. */
  readonly label: number;
}

/** The rows of one projected partition, compared with the centroids. */
export interface ComparedPartition {
  readonly partition: number;
  /** In listing order; the arrays below have a value (or several) for each. */
  readonly paths: readonly string[];
  /** Place in the labels, or NONE_INDEX. */
  readonly labels: Uint16Array;
  /** Row-major [rows, min(k, MOST_COMPONENTS)]. */
  readonly values: Float32Array;
  /** Row-major [rows, NEAREST_KEPT]: places of labels, nearest first, or NONE_INDEX. */
  readonly nearest: Uint16Array;
  /** Distance to the centroid of the own label; NaN without one. */
  readonly own: Float32Array;
  /** Distance to the nearest other centroid; NaN for a row that was not compared. */
  readonly other: Float32Array;
  /** Rows that may be near those of another label: places in `paths`, and all k numbers, row-major. */
  readonly close: { readonly rows: Uint32Array; readonly points: Float32Array };
}

/**
 * True for the rows of an even sample of `count` of `rows`: what of count · row / rows is whole moves on
 * after this row.
 */
export function isSampled(row: number, { count, rows }: { readonly count: number; readonly rows: number }) {
  return Math.floor(((row + 1) * count) / rows) > Math.floor((row * count) / rows);
}
