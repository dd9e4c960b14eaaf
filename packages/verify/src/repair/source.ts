import { type ReuseSource, VergerError } from '@verger/core';
import { readCommit } from '@verger/run';
import { readWhole } from '@verger/stages';

/** A partition whose features are lost, with their sha256 where something still says it. */
export interface LostPartition {
  readonly partition: number;
  readonly sha256: string | undefined;
}

/**
 * The first of these partitions that the source of a refit does not hold any more as it was taken from there:
 * committed, whole, and of the hash that is known here. Undefined when it holds all. Cost: features and sums
 * of each are read. Errors: none of the source's.
 */
export async function missingInSource(
  source: ReuseSource,
  lost: readonly LostPartition[],
): Promise<number | undefined> {
  for (const { partition, sha256 } of lost) {
    if (!(await holds(source, partition, sha256))) return partition;
  }
  return undefined;
}

async function holds(source: ReuseSource, partition: number, sha256: string | undefined): Promise<boolean> {
  try {
    const commit = await readCommit(source, partition);
    if (commit === undefined || (sha256 !== undefined && commit.features.sha256 !== sha256)) return false;
    await readWhole(source, partition, commit);
    return true;
  } catch (error) {
    if (error instanceof VergerError) return false;
    throw error;
  }
}
