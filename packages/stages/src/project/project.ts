import { type Commit, fileError, RUN_FILES, withPlace } from '@verger/core';
import { modelNamedBy, requireFile, sha256Async } from '@verger/run';
import type { ProjectionRows } from '@verger/tables';
import type { StageContext } from '../context.ts';

/** The stored PCA model: its bytes and their sha256, which projections name. */
export interface StoredModel {
  readonly bytes: Uint8Array;
  readonly sha256: string;
}

/** Reads the PCA model, whole. Errors: E_RUN_CORRUPT when it is gone. */
export async function readModel(ctx: Pick<StageContext, 'run'>): Promise<StoredModel> {
  const bytes = await requireFile(ctx.run.store, RUN_FILES.model);
  return { bytes, sha256: await sha256Async(bytes) };
}

/**
 * Projects one committed partition and creates its projection file. An older file of another model is
 * replaced. Errors: E_PART_CORRUPT when the features are not the committed ones; E_RUN_CORRUPT when the model
 * is damaged, or another one by now.
 */
export async function projectPartition(
  ctx: StageContext,
  commit: Pick<Commit, 'partition' | 'rowsDigest'>,
  model: StoredModel,
): Promise<void> {
  const { run, layout } = ctx;
  const { partition } = commit;
  ctx.signal.throwIfAborted();
  const projection = await projectFeatures(ctx, commit, model);
  const file = layout.projection(partition);
  if ((await run.store.create(file, projection)) === 'exists') {
    // A zombie must not put the projection of a forgotten model in place of the one that counts.
    if ((await readModel(ctx)).sha256 !== model.sha256) {
      const changed = { store: run.store, file: RUN_FILES.model };
      throw fileError('E_RUN_CORRUPT', changed, 'It changed while in use.');
    }
    if ((await modelNamedBy(run.store, file)) !== model.sha256) await run.store.replace(file, projection);
  }
  ctx.emit({ type: 'partition:done', stage: 'project', partition });
}

/**
 * The projection file of a partition, computed in a child from its committed features. Errors: E_PART_CORRUPT
 * when they are not those of the digest.
 */
export async function projectFeatures(
  { run: { store }, layout, children, signal }: StageContext,
  { partition, rowsDigest }: Pick<Commit, 'partition' | 'rowsDigest'>,
  model: StoredModel,
): Promise<Uint8Array> {
  const file = layout.features(partition);
  const request = { features: await requireFile(store, file), rowsDigest, modelSha256: model.sha256 };
  return await withPlace({ store, file, partition }, async () => {
    let answer = await children.call('project', { ...request, model: undefined }, { signal });
    if (answer === 'need-model') {
      answer = await children.call('project', { ...request, model: model.bytes }, { signal });
    }
    if (answer === 'need-model') throw new Error('a child asked twice for the PCA model');
    return answer.projection;
  });
}

/** The rows of the bytes of a projection file, decoded in a child. Errors: E_PART_CORRUPT. */
export async function decodeStored(
  { run: { store }, layout, children, signal }: StageContext,
  partition: number,
  { bytes, model }: { readonly bytes: Uint8Array; readonly model: StoredModel },
): Promise<ProjectionRows> {
  const request = { bytes, modelSha256: model.sha256 };
  const read = () => children.call('readProjection', request, { signal });
  return await withPlace({ store, file: layout.projection(partition), partition }, read);
}

/**
 * A stored projection, read whole in a child: its bytes and its rows. Errors: E_PART_CORRUPT; E_RUN_CORRUPT
 * when it is gone.
 */
export async function readProjection(
  ctx: StageContext,
  partition: number,
  model: StoredModel,
): Promise<{ readonly bytes: Uint8Array; readonly rows: ProjectionRows }> {
  const bytes = await requireFile(ctx.run.store, ctx.layout.projection(partition));
  return { bytes, rows: await decodeStored(ctx, partition, { bytes, model }) };
}
