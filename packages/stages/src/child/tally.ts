import { type Sums, VergerError } from '@verger/core';
import { mergeSums } from '@verger/pca';
import type { TalliedPart } from './protocol.ts';

/** Sums of sealed partitions, merged, and which those are. */
export interface Tally {
  readonly sums: Sums;
  readonly parts: readonly TalliedPart[];
}

/**
 * Adds up the sums of the partitions that one child seals for one run, so that a reduce on the same children need not read them again:
 * merged sums are the same bits in any order. 7 MB, and 6 ms a partition. Whoever takes the tally compares its parts with the commits.
 */
export function createTallies() {
  let tally: { readonly run: string; readonly sums: Sums; parts: TalliedPart[] | undefined } | undefined;

  /** Takes the sums over: the caller must not change them. Those of another run begin anew. */
  function add(run: string, part: TalliedPart, sums: Sums): void {
    if (tally?.run !== run) {
      tally = { run, sums, parts: [part] };
      return;
    }
    if (tally.parts === undefined) return;
    try {
      const twice = tally.parts.some(({ partition }) => partition === part.partition);
      if (!twice) mergeSums(tally.sums, sums);
      // Sums cannot be taken out again, so a tally with a partition that was sealed twice is of no use.
      tally.parts = twice ? undefined : [...tally.parts, part];
    } catch (error) {
      if (!(error instanceof VergerError)) throw error;
      // Too much for int64: the reduce finds that, too, and says so.
      tally.parts = undefined;
    }
  }

  /** The tally of a run, which is forgotten here; undefined when there is none that may be used. */
  function take(run: string): Tally | undefined {
    const { sums, parts } = (tally?.run === run ? tally : undefined) ?? {};
    tally = undefined;
    return sums === undefined || parts === undefined ? undefined : { sums, parts };
  }

  return { add, take };
}
