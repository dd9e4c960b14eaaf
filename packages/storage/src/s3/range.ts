import type { ReadOptions } from '@verger/core';
import { type Window, windowOf } from '../window.ts';

/**
 * The `Range` that asks for what the options want (RFC 9110 14.1.2). Undefined for the whole object, null
 * where no byte is wanted.
 */
export function rangeHeader({ lastBytes, range }: ReadOptions): string | undefined | null {
  if (range !== undefined) {
    return range.end > range.start ? `bytes=${range.start}-${range.end - 1}` : null;
  }
  if (lastBytes === undefined) return undefined;
  return lastBytes > 0 ? `bytes=-${lastBytes}` : null;
}

/**
 * The part of an object that an answer to a range holds, and the object's size; undefined when the answer is
 * not the part that was asked for (stores cut, move or do not name what they send): then the whole object
 * must be asked for.
 */
export function partOf(
  contentRange: string | undefined,
  options: ReadOptions,
): (Window & { readonly totalBytes: number }) | undefined {
  const [, first, last, total] = /^bytes (\d+)-(\d+)\/(\d+)$/i.exec(contentRange?.trim() ?? '') ?? [];
  if (first === undefined || last === undefined || total === undefined) return undefined;
  const totalBytes = Number(total);
  const wanted = windowOf(totalBytes, options);
  const same = wanted.start === Number(first) && wanted.end === Number(last) + 1;
  return same && wanted.end > wanted.start ? { ...wanted, totalBytes } : undefined;
}
