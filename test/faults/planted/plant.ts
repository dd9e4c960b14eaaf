import type { PlantedRun } from './planted-run.ts';

/** One fault that can be planted into a finished run. */
export interface Plant {
  readonly name: string;
  /** Spoils the run. `random` gives seeded numbers in [0, 1). */
  readonly plant: (run: PlantedRun, random: () => number) => Promise<void>;
  /**
   * What it takes to see it: `files` are the run's own; `images` also compares with the images; `recompute`
   * extracts images again, because every file agrees with every other.
   */
  readonly seenBy: 'files' | 'images' | 'recompute';
}

/** A fault that the run's own files give away. */
export function plant(name: string, spoil: Plant['plant']): Plant {
  return { name, plant: spoil, seenBy: 'files' };
}

/** A whole number in [0, end). */
export function below(random: () => number, end: number): number {
  return Math.floor(random() * end);
}

/** A partition with at least `rows` rows of features, and a row of it that is not the last. */
export async function anyRow(
  run: PlantedRun,
  random: () => number,
  rows = 2,
): Promise<{ part: number; row: number; count: number }> {
  for (;;) {
    const part = below(random, run.parts.length);
    const count = (await run.features(part)).paths.length;
    if (count >= rows) return { part, row: below(random, count - 1), count };
  }
}

/** Exchanges two entries of a list, in place. */
export function exchange<T>(list: T[], a: number, b: number): void {
  const kept = list[a]!;
  list[a] = list[b]!;
  list[b] = kept;
}

/** Exchanges rows `a` and `b` of a row-major matrix, in place. */
export function exchangeRows(
  values: Float32Array | Float64Array,
  [a, b]: readonly [number, number],
  width: number,
): void {
  const kept = values.slice(a * width, (a + 1) * width);
  values.copyWithin(a * width, b * width, (b + 1) * width);
  values.set(kept, b * width);
}
