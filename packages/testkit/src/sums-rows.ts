import type { Sums } from '@verger/core';
import { addRows, emptySums, plainIntegerGram } from '@verger/pca';

/** Rows as a test writes them; all of one width. */
export type Rows = readonly (readonly number[])[];

/** Row-major features of the rows. */
export function featuresOf(rows: Rows): Float32Array {
  return Float32Array.from(rows.flat());
}

/**
 * Sums of the rows, each labelled by `label` (default: all the same). `width` is needed where there may be no
 * row.
 */
export async function sumsOf(
  rows: Rows,
  options: { width?: number; label?: (row: number) => string } = {},
): Promise<Sums> {
  const sums = emptySums(options.width ?? rows[0]!.length);
  const labels = rows.map((_, row) => options.label?.(row) ?? 'all');
  await addRows(sums, { features: featuresOf(rows), labels }, plainIntegerGram);
  return sums;
}

/**
 * Rows that look random and are the same everywhere: multiples of 2^-16 in [0, 4), from a 32-bit linear
 * congruence.
 */
export function seededRows(count: number, width: number, seed: number): number[][] {
  let state = seed >>> 0;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 14) / 65536;
  };
  return Array.from({ length: count }, () => Array.from({ length: width }, next));
}
