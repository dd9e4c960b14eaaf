import type { ImageErrorCode } from './errors/errors.ts';

/** Images in quarantine by code. */
export type QuarantineCounts = Partial<Record<ImageErrorCode, number>>;

/** Adds counts to others, in place. */
export function addCounts(into: QuarantineCounts, more: Readonly<QuarantineCounts>): void {
  for (const [code, count] of Object.entries(more) as [ImageErrorCode, number][]) {
    into[code] = (into[code] ?? 0) + count;
  }
}
