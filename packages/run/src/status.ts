import {
  addCounts,
  type Commit,
  cancelFile,
  forEachBounded,
  type Manifest,
  type QuarantineCounts,
  RUN_FILES,
  type RunFacts,
  runLayout,
  type Storage,
} from '@verger/core';
import { readCommits } from './commits.ts';
import { newestEpoch } from './epochs.ts';
import { readFailures } from './failures.ts';
import { modelNamedBy } from './projection-model.ts';
import { readFile, sha256Async } from './records.ts';
import { smallFilesAtOnce } from './run-context.ts';
import { readSuccess } from './success.ts';

/** What storage says of a run, for `nextStep` and `runState`. */
export interface RunStatus {
  /** By partition. */
  readonly commits: ReadonlyMap<number, Commit>;
  readonly facts: RunFacts;
  /** Images accounted for by commits. */
  readonly extracted: number;
  readonly quarantined: number;
  /** Of `quarantined`, by code. */
  readonly codes: Readonly<QuarantineCounts>;
}

/**
 * Reads a run's status: commits by name, the end of each projection, the newest epoch. Cost: one small read a
 * partition.
 */
export async function readStatus(store: Storage, manifest: Manifest): Promise<RunStatus> {
  const commits = await readCommits({ store, manifest });
  let extracted = 0;
  let quarantined = 0;
  const codes: QuarantineCounts = {};
  for (const commit of commits.values()) {
    extracted += commit.extracted;
    quarantined += commit.listed - commit.extracted;
    addCounts(codes, commit.quarantined);
  }
  const complete = commits.size === manifest.partitions.length;
  const model = complete ? await readFile(store, RUN_FILES.model) : undefined;
  const projected = model === undefined ? new Set<number>() : await readProjected(store, manifest, model);
  const epoch = await newestEpoch(store);
  return {
    commits,
    extracted,
    quarantined,
    codes,
    facts: {
      epoch,
      model: model !== undefined,
      success: (await readSuccess(store)) !== undefined,
      extracted: complete ? extracted : null,
      projected,
      cancelled: epoch > 0 && (await readFile(store, cancelFile(epoch))) !== undefined,
      failed: epoch > 0 && (await readFailures(store, epoch)).some(({ permanent }) => permanent),
    },
  };
}

async function readProjected(store: Storage, manifest: Manifest, model: Uint8Array): Promise<Set<number>> {
  const layout = runLayout(manifest.partDigits);
  const modelSha256 = await sha256Async(model);
  const projected = new Set<number>();
  await forEachBounded(manifest.partitions.keys(), smallFilesAtOnce(store), async (partition) => {
    const named = await modelNamedBy(store, layout.projection(partition));
    if (named === modelSha256) projected.add(partition);
  });
  return projected;
}
