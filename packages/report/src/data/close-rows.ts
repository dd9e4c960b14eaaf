import type { RowRef } from './rows.ts';

/** Rows that may have a near-duplicate under another label, with all their numbers. */
export interface CloseRows {
  readonly refs: readonly RowRef[];
  /** Row-major [refs.length, k]. */
  readonly points: Float32Array;
}

interface Candidate {
  readonly ref: RowRef;
  readonly closeness: number;
  readonly point: Float32Array;
}

/** How far over the limit candidates pile up before they are cut. */
const SPARE = 1.25;

/**
 * Keeps the rows that lie most evenly between their own centroid and the nearest other one: two copies of an
 * image under two labels lie so, or both far from that, and more evenly than their labels' other images.
 * Memory: 1.25 · most · k numbers.
 */
export class CloseRowKeeper {
  readonly #most: number;
  #kept: Candidate[] = [];
  #limit = Number.POSITIVE_INFINITY;

  constructor(most: number) {
    this.#most = most;
  }

  /** Rows with more than this are not kept any more, whatever comes. */
  get limit(): number {
    return this.#limit;
  }

  add(ref: RowRef, closeness: number, point: Float32Array): void {
    if (Number.isNaN(closeness) || closeness > this.#limit) return;
    this.#kept.push({ ref, closeness, point });
    if (this.#kept.length >= this.#most * SPARE) this.#cut();
  }

  #cut(): void {
    this.#kept.sort((a, b) => a.closeness - b.closeness || a.ref.row - b.ref.row);
    this.#kept.length = Math.min(this.#kept.length, this.#most);
    if (this.#kept.length === this.#most) this.#limit = this.#kept.at(-1)?.closeness ?? this.#limit;
  }

  /** In listing order. */
  end(k: number): CloseRows {
    this.#cut();
    const kept = [...this.#kept].sort((a, b) => a.ref.row - b.ref.row);
    const points = new Float32Array(kept.length * k);
    for (const [index, { point }] of kept.entries()) points.set(point, index * k);
    return { refs: kept.map(({ ref }) => ref), points };
  }
}
