/** Rows of a projection against the centroids of labels: distances, and the nearest labels of each row. */

/** Points of the projection: row-major [count, k]. */
export interface PointTable {
  readonly points: Float64Array;
  readonly count: number;
  readonly k: number;
}

/** Rows of a projection, and what is wanted of them. */
export interface ComparedRows extends PointTable {
  /** [count]: the place of the row's own centroid, or `none`. */
  readonly own: Uint16Array;
  /** True for a row whose nearest centroids are wanted. Of the others only the own distance is computed. */
  isWanted(row: number): boolean;
}

/** What rows and centroids give. Distances are Euclidean. */
export interface Comparison {
  /** Row-major [count, kept]: the nearest centroids, nearest first (the lowest place on a tie), or `none`. */
  readonly nearest: Uint16Array;
  /** [count]: distance to the own centroid; NaN without one. */
  readonly own: Float32Array;
  /** [count]: distance to the nearest centroid that is not the own; NaN where there is none, or unwanted. */
  readonly other: Float32Array;
}

/** Dimensions between two looks at the limit. */
const STEP = 8;

/**
 * The nearest `kept` centroids of each wanted row. count · centroids · k multiplications at most; a centroid
 * that is farther than those found is left after a few dimensions, so usually a quarter. The result does not
 * depend on the order in which centroids are tried.
 */
export function compareWithCentroids(
  rows: ComparedRows,
  centroids: PointTable,
  { kept, none }: { readonly kept: number; readonly none: number },
): Comparison {
  const nearest = new Uint16Array(rows.count * kept).fill(none);
  const own = new Float32Array(rows.count).fill(Number.NaN);
  const other = new Float32Array(rows.count).fill(Number.NaN);
  // Two at least: the nearest may be the own one, and the nearest other is wanted too.
  const best = new Nearest(Math.max(kept, 2));
  for (let row = 0; row < rows.count; row += 1) {
    const place = rows.own[row]!;
    const start = row * rows.k;
    const isKnown = place !== none;
    if (isKnown) {
      own[row] = Math.sqrt(squaredOf(rows.points, start, centroids, place));
    }
    if (!rows.isWanted(row)) continue;
    // Rows that follow each other are often near the same centroids: those are tried first.
    best.restart(rows.points, start, centroids);
    for (let at = 0; at < centroids.count; at += 1) best.offer(rows.points, start, centroids, at);
    best.write(nearest, row * kept, kept);
    other[row] = Math.sqrt(best.firstBut(isKnown ? place : -1));
  }
  return { nearest, own, other };
}

/** The nearest so far of one row, the nearest first. */
class Nearest {
  readonly #places: Int32Array;
  readonly #squared: Float64Array;
  #count = 0;

  constructor(most: number) {
    this.#places = new Int32Array(most);
    this.#squared = new Float64Array(most);
  }

  /** Begins with the places of the row before, at their distances from this row. */
  restart(points: Float64Array, start: number, centroids: PointTable): void {
    const before = Array.from(this.#places.subarray(0, this.#count));
    this.#count = 0;
    for (const place of before) this.#insert(place, squaredOf(points, start, centroids, place));
  }

  offer(points: Float64Array, start: number, centroids: PointTable, place: number): void {
    const isFull = this.#count === this.#places.length;
    const limit = isFull ? this.#squared[this.#count - 1]! : Number.POSITIVE_INFINITY;
    const squared = squaredWithin(points, start, centroids, place * centroids.k, limit);
    if (squared > limit) return;
    for (let at = 0; at < this.#count; at += 1) if (this.#places[at] === place) return;
    this.#insert(place, squared);
  }

  #insert(place: number, squared: number): void {
    const most = this.#places.length;
    let at = this.#count;
    while (at > 0 && isBefore(squared, place, this.#squared[at - 1]!, this.#places[at - 1]!)) at -= 1;
    if (at >= most) return;
    this.#count = Math.min(most, this.#count + 1);
    for (let to = this.#count - 1; to > at; to -= 1) {
      this.#places[to] = this.#places[to - 1]!;
      this.#squared[to] = this.#squared[to - 1]!;
    }
    this.#places[at] = place;
    this.#squared[at] = squared;
  }

  write(into: Uint16Array, from: number, kept: number): void {
    for (let at = 0; at < Math.min(kept, this.#count); at += 1) into[from + at] = this.#places[at]!;
  }

  /** The square of the distance of the nearest one but that; NaN where there is none. */
  firstBut(place: number): number {
    for (let at = 0; at < this.#count; at += 1) if (this.#places[at] !== place) return this.#squared[at]!;
    return Number.NaN;
  }
}

const isBefore = (squared: number, place: number, than: number, thanPlace: number) =>
  squared < than || (squared === than && place < thanPlace);

const squaredOf = (points: Float64Array, start: number, centroids: PointTable, place: number) =>
  squaredWithin(points, start, centroids, place * centroids.k, Number.POSITIVE_INFINITY);

/** The square of the distance of two points; of one that is beyond the limit some number above it. */
function squaredWithin(
  points: Float64Array,
  start: number,
  { points: others, k }: PointTable,
  from: number,
  limit: number,
): number {
  let sum = 0;
  let at = 0;
  for (; at + STEP <= k; at += STEP) {
    for (let next = at; next < at + STEP; next += 1) {
      const difference = points[start + next]! - others[from + next]!;
      sum += difference * difference;
    }
    if (sum > limit) return sum;
  }
  for (; at < k; at += 1) {
    const difference = points[start + at]! - others[from + at]!;
    sum += difference * difference;
  }
  return sum;
}
