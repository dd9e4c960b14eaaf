import { counted, formatCount, printable } from '@verger/core';

/** Codes and their counts, the most frequent first. */
export type CodeCounts = readonly (readonly [code: string, count: number])[];

/** Codes that are named; the others are counted together. */
const SHOWN_CODES = 3;

/** The most frequent first; of equal ones by name. */
export function mostFirst(counts: Iterable<readonly [string, number]>): CodeCounts {
  return [...counts].sort(([codeA, a], [codeB, b]) => b - a || (codeA < codeB ? -1 : 1));
}

/** `E_IMG_DECODE × 3, E_IMG_EMPTY × 1, 2 more codes`. Printable. */
export function codeText(codes: CodeCounts): string {
  const named = codes.slice(0, SHOWN_CODES).map(([code, count]) => `${code} × ${formatCount(count)}`);
  const rest = codes.length - named.length;
  return printable([...named, ...(rest > 0 ? [counted(rest, 'more code')] : [])].join(', '));
}
