import { type Commit, RUN_FILES } from '@verger/core';
import { placed } from './placed.ts';
import { requireFile, sha256Async } from './records.ts';
import type { StageContext } from './stage-context.ts';

/** The stored PCA model: its bytes and their sha256, which projections name. */
export interface StoredModel {
  readonly bytes: Uint8Array;
  readonly sha256: string;
}

export async function readModel(ctx: Pick<StageContext, 'run'>): Promise<StoredModel> {
  const bytes = await requireFile(ctx.run.store, RUN_FILES.model);
  return { bytes, sha256: await sha256Async(bytes) };
}

/** Projects one committed partition and creates its projection file. An older file of another model is replaced. */
export async function projectPartition(
  ctx: StageContext,
  commit: Pick<Commit, 'partition' | 'rowsDigest'>,
  model: StoredModel,
): Promise<void> {
  const { run, layout, children } = ctx;
  const { partition, rowsDigest } = commit;
  ctx.signal.throwIfAborted();
  const features = await requireFile(run.store, layout.features(partition));
  const request = { features, rowsDigest, modelSha256: model.sha256 };
  try {
    let answer = await children.call('project', { ...request, model: undefined });
    if (answer === 'need-model') answer = await children.call('project', { ...request, model: model.bytes });
    if (answer === 'need-model') throw new Error('a child asked twice for the PCA model');
    const file = layout.projection(partition);
    const outcome = await run.store.create(file, answer.projection);
    if (outcome === 'exists') await run.store.replace(file, answer.projection);
  } catch (error) {
    throw placed(error, partition, `${run.store.describe()}/${layout.features(partition)}`);
  }
  ctx.emit({ type: 'partition:done', stage: 'project', partition });
}
