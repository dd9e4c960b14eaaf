import { type Commit, commitSchema, RUN_FILES, VergerError } from '@verger/core';
import { mapBounded, readAhead } from './bounded.ts';
import { placed } from './placed.ts';
import { readRecord, requireFile } from './records.ts';
import { FILES_AT_ONCE, type StageContext } from './stage-context.ts';

/** Every commit, by name from the manifest, never from a listing. Errors: E_RUN_CORRUPT for a missing or foreign one. */
export async function readCommits(ctx: Pick<StageContext, 'run' | 'layout'>): Promise<Commit[]> {
  const { run, layout } = ctx;
  const parts = run.manifest.partitions.map((_, index) => index);
  return await mapBounded(parts, FILES_AT_ONCE, async (partition) => {
    const location = `${run.store.describe()}/${layout.commit(partition)}`;
    const commit = await readRecord(run.store, layout.commit(partition), commitSchema);
    if (commit === undefined) throw new VergerError('E_RUN_CORRUPT', { location }, { detail: 'It is gone.' });
    if (commit.runIdentity !== run.manifest.identity || commit.partition !== partition) {
      throw new VergerError('E_RUN_CORRUPT', { location }, { detail: 'It belongs to another run.' });
    }
    return commit;
  });
}

/**
 * Merges the sums of all partitions in one child, fits, and creates `pca/labels.json` and then `pca/model.json`.
 * Memory: two sums files, whatever the number of partitions. Errors: E_SUMS_CORRUPT, E_PCA_…
 */
export async function reduceRun(ctx: StageContext): Promise<void> {
  const { run, layout, children } = ctx;
  const commits = await readCommits(ctx);
  const files = await children.withLease(async (call) => {
    let first = true;
    const reads = readAhead(commits, 2, async (commit) => ({
      commit,
      sums: await requireFile(run.store, layout.sums(commit.partition)),
    }));
    for await (const { commit, sums } of reads) {
      ctx.signal.throwIfAborted();
      try {
        await call('merge', { sums, sha256: commit.sums.sha256, first });
      } catch (error) {
        throw placed(error, commit.partition, `${run.store.describe()}/${layout.sums(commit.partition)}`);
      }
      first = false;
    }
    return await call('fit', { options: run.manifest.pca });
  });
  await run.store.create(RUN_FILES.labels, files.labels);
  await run.store.create(RUN_FILES.model, files.model);
}
