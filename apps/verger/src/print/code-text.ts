import { counted, formatCount, printable } from '@verger/core';

/** Codes and their counts, the most frequent first. */
export type CodeCounts = readonly (readonly [code: string, count: number])[];

/** Codes that are named at most; the others are counted together. */
const MOST_NAMED = 3;

/** The most frequent first; of equal ones by name. */
export function mostFirst(counts: Iterable<readonly [string, number]>): CodeCounts {
  return [...counts].sort(([codeA, a], [codeB, b]) => b - a || (codeA < codeB ? -1 : 1));
}

/**
 * `E_IMG_DECODE × 3, E_IMG_EMPTY × 1, 2 more codes`: as many as fit in so many columns, at least one.
 * Printable.
 */
export function codeText(codes: CodeCounts, columns = Number.POSITIVE_INFINITY): string {
  for (let most = Math.min(MOST_NAMED, codes.length); ; most -= 1) {
    const named = codes.slice(0, most).map(([code, count]) => `${code} × ${formatCount(count)}`);
    const rest = codes.length - named.length;
    const text = printable([...named, ...(rest > 0 ? [counted(rest, 'more code')] : [])].join(', '));
    if (text.length <= columns || most <= 1) return text;
  }
}
