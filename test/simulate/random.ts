/** Seeded draws. */
import { seededNumbers } from '@verger/core';

/** Draws of one seed. */
export interface Random {
  /** In [low, high). */
  between(low: number, high: number): number;
  /** In [low, high), with equal weight to each doubling. */
  scaled(low: number, high: number): number;
  chance(share: number): boolean;
  pick<T>(values: readonly T[]): T;
  /** Mean 1, never far below 0.7 or above 1.3. */
  factor(spread: number): number;
  /** Exponential. */
  wait(mean: number): number;
}

/** Draws that are the same for the same seed. */
export function createRandom(seed: number): Random {
  const next = seededNumbers(seed);
  for (let skipped = 0; skipped < 8; skipped += 1) next();
  const between = (low: number, high: number) => low + (high - low) * next();
  return {
    between,
    scaled: (low, high) => low * (high / low) ** next(),
    chance: (share) => next() < share,
    pick: (values) => values[Math.floor(next() * values.length)]!,
    factor: (spread) => 1 + spread * (next() + next() + next() - 1.5),
    wait: (mean) => -mean * Math.log(1 - next()),
  };
}
