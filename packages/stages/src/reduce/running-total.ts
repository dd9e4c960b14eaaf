import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Commit, Sums } from '@verger/core';
import { mergeSteps } from '@verger/pca';
import { decodeSums } from '@verger/tables';

/** The sums file of one partition, and its sha256. */
export interface PartitionSums {
  readonly partition: number;
  readonly sums: Uint8Array;
  readonly sha256: string;
}

/** Merged sums, and the partitions that are in them. Not to be changed. */
export interface MergedSums {
  readonly sums: Sums;
  readonly partitions: ReadonlySet<number>;
}

/** What a commit says of the sums of its partition. */
export type CommittedSums = Pick<Commit, 'partition' | 'sums'>;

/** The sums of the partitions that this process committed, so that a reduce need not read them again. */
export interface RunningTotal {
  /**
   * Adds the sums of a partition. After an error the total is dropped: the reduce reads everything. Never
   * rejects.
   */
  add(part: PartitionSums): Promise<void>;
  /**
   * The total, when all that was added is committed with the same sums; undefined otherwise, and when it is
   * empty.
   */
  matching(commits: readonly CommittedSums[]): MergedSums | undefined;
}

/**
 * A total of no partitions. Merged sums are the same bits in any order. Memory: 6.6 MB at width 1,280. Time:
 * 7 ms per partition, in steps under 10 ms, between which this thread does other work; with 4,096 labels 75
 * ms, of which decoding is one step of 45.
 */
export function createRunningTotal(): RunningTotal {
  const sha256s = new Map<number, string>();
  let merged: Sums | undefined;
  let state: 'whole' | 'adding' | 'dropped' = 'whole';
  let last = Promise.resolve();

  async function merge({ partition, sums: bytes, sha256 }: PartitionSums): Promise<void> {
    if (state === 'dropped') return;
    state = 'adding';
    try {
      // Sums cannot be taken out again.
      if (sha256s.has(partition)) throw new Error(`partition ${partition} was added twice`);
      const sums = decodeSums(bytes, { hashed: true });
      if (merged === undefined) merged = sums;
      else {
        await nextTurn();
        for (const _ of mergeSteps(merged, sums)) await nextTurn();
      }
      sha256s.set(partition, sha256);
      state = 'whole';
    } catch {
      // The reduce finds what is wrong, and names the file.
      state = 'dropped';
      merged = undefined;
    }
  }

  return {
    add: (part) => {
      last = last.then(() => merge(part));
      return last;
    },
    matching: (commits) => {
      if (state !== 'whole' || merged === undefined) return undefined;
      const named = new Map(commits.map(({ partition, sums }) => [partition, sums.sha256]));
      const matches = [...sha256s].every(([partition, sha256]) => named.get(partition) === sha256);
      return matches ? { sums: merged, partitions: new Set(sha256s.keys()) } : undefined;
    },
  };
}
