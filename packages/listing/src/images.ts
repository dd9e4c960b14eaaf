import { type ExtractionOptions, type ImageRef, type Storage, type StoredEntry, sha256 } from '@verger/core';
import { compileGlob } from './glob.ts';
import type { Labeler } from './label.ts';
import type { LeftOutCounter } from './left-out.ts';

/** What looks on while images are listed. */
export interface ListingWatch {
  /** Counts what is there and is not taken. */
  readonly leftOut?: LeftOutCounter;
  /** Sees each entry that is taken before its reference comes. */
  readonly taken?: (entry: StoredEntry) => void;
  /** Ends the listing with its reason, also while the storage waits. */
  readonly signal?: AbortSignal;
}

/**
 * The images of a storage in byte order of their paths: those the globs match, of these the sample, of these
 * the first `limit`. What must not be opened stays, marked `refused`; so do empty files. Streams: one
 * reference at a time, and stops at the limit. Errors: those of the storage's list and of the labeler;
 * E_USAGE for a glob; the signal's reason.
 */
export async function* listImages(
  storage: Storage,
  options: ExtractionOptions,
  labeler: Labeler,
  { leftOut, taken, signal }: ListingWatch = {},
): AsyncGenerator<ImageRef> {
  const matches = compileGlob(options.glob);
  const left = { images: options.limit ?? Number.POSITIVE_INFINITY };
  for await (const entry of storage.list({ signal })) {
    const { key, bytes, version, refused } = entry;
    if (!matches(key)) {
      leftOut?.notTaken(entry);
      continue;
    }
    if (refused !== undefined) leftOut?.refused(entry);
    if (!isSampled(key, options.sample, options.seed)) continue;
    taken?.(entry);
    const image = { path: key, label: labeler(key), bytes, version };
    yield refused === undefined ? image : { ...image, refused };
    left.images -= 1;
    if (left.images > 0) continue;
    leftOut?.stopped();
    return;
  }
}

/**
 * True for a share `fraction` of all paths, chosen by a hash of seed and path alone: repeatable, and no other
 * file changes the choice. A larger fraction of the same seed keeps what a smaller one had. Null keeps all.
 */
export function isSampled(path: string, fraction: number | null, seed: number): boolean {
  if (fraction === null) return true;
  return Number.parseInt(sha256(`${seed}\n${path}`).slice(0, 12), 16) < fraction * 2 ** 48;
}
