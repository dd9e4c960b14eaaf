import { type Commit, fileError, RUN_FILES, readAhead, type Sums, withPlace } from '@verger/core';
import { mergeSums } from '@verger/pca';
import { commitsInOrder, createOrCompare, requireFile, sha256Async } from '@verger/run';
import { decodeSums } from '@verger/tables';
import type { StageContext } from '../context.ts';
import type { CommittedSums, PartitionSums, RunningTotal } from './running-total.ts';
import { fitOrApply, readTransformModel } from './transform-model.ts';

/**
 * Merges the sums of all partitions, fits in a child (a transform takes its given model instead), and creates
 * `pca/labels.json` and then `pca/model.json`. `committed` holds the commits of all partitions; sums that are
 * in `total` are not read again. Memory: five sums files. Errors: E_SUMS_CORRUPT, E_PCA_…, E_RUN_CORRUPT when
 * a commit is missing, or another model came to be meanwhile.
 */
export async function reduceRun(
  ctx: StageContext,
  committed: ReadonlyMap<number, Commit>,
  total?: RunningTotal,
): Promise<void> {
  const { run } = ctx;
  const commits = commitsInOrder(run, committed);
  const given = await readTransformModel(run);
  const kept = total?.matching(commits);
  const rest = commits.filter(({ partition }) => kept?.partitions.has(partition) !== true);
  const read = await mergeParts(ctx, readParts(ctx, rest));
  // Into what was read, so that a reduce that is tried again finds the total as it was.
  if (read !== undefined && kept !== undefined) mergeSums(read, kept.sums);
  const files = await fitOrApply(ctx, { given, sums: read ?? kept?.sums });
  // Labels count from the model on: those of a reduce that died, or from before a repair, are forgotten.
  if ((await createOrCompare(run.store, RUN_FILES.labels, files.labels)) === 'differs') {
    await run.store.replace(RUN_FILES.labels, files.labels);
  }
  if ((await createOrCompare(run.store, RUN_FILES.model, files.model)) === 'differs') {
    const model = { store: run.store, file: RUN_FILES.model };
    throw fileError('E_RUN_CORRUPT', model, 'It is not the PCA model of these sums.');
  }
}

/**
 * PCA model and labels as the run's options (or its given model) make them of sums, merged one after the other.
 * Errors: E_SUMS_CORRUPT, E_PCA_….
 */
export async function fitSums(
  ctx: StageContext,
  parts: AsyncIterable<PartitionSums>,
): Promise<{ model: Uint8Array; labels: Uint8Array }> {
  const given = await readTransformModel(ctx.run);
  return await fitOrApply(ctx, { given, sums: await mergeParts(ctx, parts) });
}

/** The stored sums of some partitions, two ahead. */
function readParts(
  { run, layout }: StageContext,
  commits: readonly CommittedSums[],
): AsyncIterable<PartitionSums> {
  return readAhead(commits, 2, async ({ partition, sums: { sha256 } }) => ({
    partition,
    sha256,
    sums: await requireFile(run.store, layout.sums(partition)),
  }));
}

/**
 * The sums of all parts, merged here: sent to a child one by one, they take twice as long on their way as the
 * work. Undefined for none. Cost: 15 ms each at width 1,280 and few labels (each of those 10 kB more), in
 * which nothing else is done; the hash is made off this thread.
 */
async function mergeParts(
  { run, layout, signal }: StageContext,
  parts: AsyncIterable<PartitionSums>,
): Promise<Sums | undefined> {
  let merged: Sums | undefined;
  for await (const { partition, sums: bytes, sha256: expected } of parts) {
    signal.throwIfAborted();
    const file = { store: run.store, file: layout.sums(partition), partition };
    if ((await sha256Async(bytes)) !== expected)
      throw fileError('E_SUMS_CORRUPT', file, 'Its sha256 does not match its commit.');
    await withPlace(file, async () => {
      const sums = decodeSums(bytes, { hashed: true });
      if (merged === undefined) merged = sums;
      else mergeSums(merged, sums);
    });
  }
  return merged;
}
