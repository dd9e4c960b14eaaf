import type { ReadOptions } from '@verger/core';

/** Half-open, in bytes of the object. */
export interface Window {
  readonly start: number;
  readonly end: number;
}

/** The part of an object of that size which the options ask for. */
export function windowOf(size: number, { lastBytes, range }: ReadOptions): Window {
  if (range === undefined) return { start: size - Math.min(size, lastBytes ?? size), end: size };
  const start = Math.min(size, range.start);
  return { start, end: Math.max(start, Math.min(size, range.end)) };
}
