import { type Commit, placed, RUN_FILES, readAhead, type Sums, VergerError } from '@verger/core';
import { mergeSums } from '@verger/pca';
import { createOrCompare, requireCommits, requireFile, sha256Async } from '@verger/run';
import { decodeSums, encodeSums } from '@verger/tables';
import type { Children } from '../children/children.ts';
import type { StageContext } from '../context.ts';
import { mergeTallies } from './tallies.ts';
import { fitOrApply, readGivenModel } from './transform-model.ts';

/**
 * Merges the sums of all partitions, fits in a child (a transform takes its given model instead), and creates
 * `pca/labels.json` and then `pca/model.json`. Sums that the children of this process still have are not read
 * again. Memory: five sums files, whatever the number of partitions. Errors: E_SUMS_CORRUPT, E_PCA_…,
 * E_RUN_CORRUPT when another model came to be meanwhile.
 */
export async function reduceRun(ctx: StageContext): Promise<void> {
  const { run } = ctx;
  const commits = await requireCommits(run);
  const given = await readGivenModel(run);
  const files = await ctx.children.withLease(async (call) => {
    const merged = await mergeTallies(ctx, call, commits);
    const rest = commits.filter(({ partition }) => !merged.has(partition));
    const read = await mergeParts(ctx, readParts(ctx, rest));
    await addTo(call, read, { first: merged.size === 0, signal: ctx.signal });
    return await fitOrApply(call, { run, given, signal: ctx.signal });
  });
  // Labels count from the model on: those of a reduce that died, or from before a repair, are forgotten.
  if ((await createOrCompare(run.store, RUN_FILES.labels, files.labels)) === 'differs') {
    await run.store.replace(RUN_FILES.labels, files.labels);
  }
  if ((await createOrCompare(run.store, RUN_FILES.model, files.model)) === 'differs') {
    const location = `${run.store.describe()}/${RUN_FILES.model}`;
    throw new VergerError(
      'E_RUN_CORRUPT',
      { location },
      { detail: 'It is not the PCA model of these sums.' },
    );
  }
}

/** The sums of one partition, and the sha256 that they must have. */
export interface PartitionSums {
  readonly partition: number;
  readonly sums: Uint8Array;
  readonly sha256: string;
}

/**
 * PCA model and labels as the run's options (or its given model) make them of sums, merged one after the
 * other. `parts` is given the call of the child that fits: the pool may have no other, so who asks the pool
 * meanwhile waits for ever. Errors: E_SUMS_CORRUPT, E_PCA_….
 */
export async function fitSums(
  ctx: StageContext,
  parts: (call: Children['call']) => AsyncIterable<PartitionSums>,
): Promise<{ model: Uint8Array; labels: Uint8Array }> {
  const given = await readGivenModel(ctx.run);
  return await ctx.children.withLease(async (call) => {
    await addTo(call, await mergeParts(ctx, parts(call)), { first: true, signal: ctx.signal });
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
    try {
      if ((await sha256Async(bytes)) !== expected) {
        throw new VergerError('E_SUMS_CORRUPT', {}, { detail: 'Its sha256 does not match its commit.' });
      }
      const sums = decodeSums(bytes, { hashed: true });
      if (merged === undefined) merged = sums;
      else mergeSums(merged, sums);
    } catch (error) {
      throw placed(error, partition, `${run.store.describe()}/${layout.sums(partition)}`);
    }
  }
  return merged;
}

/** Sums for the child that fits: on top of those that it has, or as the `first`. */
async function addTo(
  call: Children['call'],
  merged: Sums | undefined,
  { first, signal }: { first: boolean; signal: AbortSignal },
): Promise<void> {
  if (merged === undefined) return;
  const sums = encodeSums(merged);
  await call('merge', { sums, sha256: await sha256Async(sums), first }, { signal });
}
