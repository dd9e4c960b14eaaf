import { RUN_FILES, VergerError } from '@verger/core';
import { readAhead } from './bounded.ts';
import { requireCommits } from './commit.ts';
import { fitOrApply, readGivenModel } from './given-model.ts';
import { placed } from './placed.ts';
import { createOrCompare, requireFile } from './records.ts';
import type { StageContext } from './stage-context.ts';

/**
 * Merges the sums of all partitions in one child, fits (a transform takes its given model instead), and creates `pca/labels.json` and then `pca/model.json`.
 * Memory: two sums files, whatever the number of partitions. Errors: E_SUMS_CORRUPT, E_PCA_…, E_RUN_CORRUPT
 * when another model came to be meanwhile.
 */
export async function reduceRun(ctx: StageContext): Promise<void> {
  const { run, layout } = ctx;
  const commits = await requireCommits(run);
  const reads = readAhead(commits, 2, async ({ partition, sums: { sha256 } }) => ({
    partition,
    sha256,
    sums: await requireFile(run.store, layout.sums(partition)),
  }));
  const files = await fitSums(ctx, reads);
  // Labels count from the model on: those of a reduce that died, or from before a repair, are forgotten.
  if ((await createOrCompare(run.store, RUN_FILES.labels, files.labels)) === 'differs') {
    await run.store.replace(RUN_FILES.labels, files.labels);
  }
  if ((await createOrCompare(run.store, RUN_FILES.model, files.model)) === 'differs') {
    const location = `${run.store.describe()}/${RUN_FILES.model}`;
    throw new VergerError('E_RUN_CORRUPT', { location }, { detail: 'It is not the PCA model of the sums.' });
  }
}

/** The sums of one partition, and the sha256 that they must have. */
export interface PartitionSums {
  readonly partition: number;
  readonly sums: Uint8Array;
  readonly sha256: string;
}

/** PCA model and labels as the run's options (or its given model) make them of sums, merged one after the other in one child. Errors: E_SUMS_CORRUPT, E_PCA_…. */
export async function fitSums(
  { run, layout, children, signal }: StageContext,
  parts: AsyncIterable<PartitionSums>,
): Promise<{ model: Uint8Array; labels: Uint8Array }> {
  const given = await readGivenModel(run);
  return await children.withLease(async (call) => {
    let first = true;
    for await (const { partition, sums, sha256 } of parts) {
      try {
        await call('merge', { sums, sha256, first }, { signal });
      } catch (error) {
        throw placed(error, partition, `${run.store.describe()}/${layout.sums(partition)}`);
      }
      first = false;
    }
    return await fitOrApply(call, { run, given, signal });
  });
}
