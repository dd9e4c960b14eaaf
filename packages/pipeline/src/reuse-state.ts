import type { ImageRef, ReuseSource } from '@verger/core';
import type { ImageOutcome } from './child-protocol.ts';
import type { Children } from './children.ts';
import { type ReuseIndex, readReuseIndex } from './reuse-index.ts';

/** A partition of the source: what became of each image of its listing. */
export interface SourcePartition {
  readonly listing: readonly ImageRef[];
  /** One an image, in the same order. */
  readonly outcomes: readonly ImageOutcome[];
}

/** What one epoch knows of the run whose features it may take. */
export interface ReuseState {
  readonly source: ReuseSource;
  /** Read once, when it is first asked for. */
  index(): Promise<ReuseIndex>;
  /** This machine's numeric class: only rows of the same one are equal to what would be extracted here. */
  numericClass(children: Children): Promise<string>;
  /**
   * A partition of the source, read once for the partitions that meet it, which follow each other or are under way together: the last
   * `processes` + 2 are kept, 5 MB a thousand images each.
   */
  partition(old: number, processes: number, read: () => Promise<SourcePartition>): Promise<SourcePartition>;
  /** Partitions of the source that were found not to be usable, so that each is told of once. */
  readonly refused: Set<number>;
}

/** A state that has asked for nothing yet. A failed question is asked again. */
export function createReuseState(source: ReuseSource): ReuseState {
  let index: Promise<ReuseIndex> | undefined;
  let numericClass: Promise<string> | undefined;
  /** In the order of their last use. */
  const kept = new Map<number, Promise<SourcePartition>>();
  return {
    source,
    refused: new Set(),
    index: () => {
      index ??= readReuseIndex(source).catch((error: unknown) => {
        index = undefined;
        throw error;
      });
      return index;
    },
    numericClass: (children) => {
      numericClass ??= children.call('numericClass', {}).catch((error: unknown) => {
        numericClass = undefined;
        throw error;
      });
      return numericClass;
    },
    partition: (old, processes, read) => {
      const found =
        kept.get(old) ??
        read().catch((error: unknown) => {
          kept.delete(old);
          throw error;
        });
      kept.delete(old);
      kept.set(old, found);
      for (const least of kept.keys()) {
        if (kept.size <= processes + 2) break;
        kept.delete(least);
      }
      return found;
    },
  };
}
