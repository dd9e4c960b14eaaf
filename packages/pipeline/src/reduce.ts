import { type Commit, RUN_FILES, VergerError } from '@verger/core';
import { readAhead } from './bounded.ts';
import type { Children } from './children.ts';
import { requireCommits } from './commit.ts';
import { fitOrApply, readGivenModel } from './given-model.ts';
import { placed } from './placed.ts';
import { createOrCompare, requireFile } from './records.ts';
import type { StageContext } from './stage-context.ts';
import { mergeTallies } from './tallies.ts';

/**
 * Merges the sums of all partitions in one child, fits (a transform takes its given model instead), and creates `pca/labels.json` and then `pca/model.json`.
 * Sums that the children of this process still have are not read again. Memory: two sums files, whatever the number of partitions.
 * Errors: E_SUMS_CORRUPT, E_PCA_…, E_RUN_CORRUPT when another model came to be meanwhile.
 */
export async function reduceRun(ctx: StageContext): Promise<void> {
  const { run } = ctx;
  const commits = await requireCommits(run);
  const given = await readGivenModel(run);
  const files = await ctx.children.withLease(async (call) => {
    const merged = await mergeTallies(ctx, call, commits);
    const rest = commits.filter(({ partition }) => !merged.has(partition));
    await mergeParts(ctx, call, { parts: readParts(ctx, rest), first: merged.size === 0 });
    return await fitOrApply(call, { run, given, signal: ctx.signal });
  });
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

/**
 * PCA model and labels as the run's options (or its given model) make them of sums, merged one after the other in one child.
 * `parts` is given that child's call: the pool may have no other, so who asks the pool meanwhile waits for ever. Errors: E_SUMS_CORRUPT, E_PCA_….
 */
export async function fitSums(
  ctx: StageContext,
  parts: (call: Children['call']) => AsyncIterable<PartitionSums>,
): Promise<{ model: Uint8Array; labels: Uint8Array }> {
  const given = await readGivenModel(ctx.run);
  return await ctx.children.withLease(async (call) => {
    await mergeParts(ctx, call, { parts: parts(call), first: true });
    return await fitOrApply(call, { run: ctx.run, given, signal: ctx.signal });
  });
}

/** The stored sums of some partitions, two ahead. */
function readParts(
  { run, layout }: StageContext,
  commits: readonly Pick<Commit, 'partition' | 'sums'>[],
): AsyncIterable<PartitionSums> {
  return readAhead(commits, 2, async ({ partition, sums: { sha256 } }) => ({
    partition,
    sha256,
    sums: await requireFile(run.store, layout.sums(partition)),
  }));
}

/** Merges sums in the child of `call`: into those that it has, or from the `first` on anew. */
async function mergeParts(
  { run, layout, signal }: StageContext,
  call: Children['call'],
  { parts, first: anew }: { parts: AsyncIterable<PartitionSums>; first: boolean },
): Promise<void> {
  let first = anew;
  for await (const { partition, sums, sha256 } of parts) {
    try {
      await call('merge', { sums, sha256, first }, { signal });
    } catch (error) {
      throw placed(error, partition, `${run.store.describe()}/${layout.sums(partition)}`);
    }
    first = false;
  }
}
