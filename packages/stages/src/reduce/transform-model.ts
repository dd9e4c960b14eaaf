import { RUN_FILES, type Run, type Sums, VergerError } from '@verger/core';
import { requireFrozen } from '@verger/run';
import { encodeSums } from '@verger/tables';
import type { StageContext } from '../context.ts';

/**
 * The bytes of the model that a transform applies, or undefined for a run that fits its own. Errors:
 * E_RUN_CORRUPT.
 */
export async function readTransformModel({
  manifest,
  store,
}: Pick<Run, 'manifest' | 'store'>): Promise<Uint8Array | undefined> {
  if (manifest.model === undefined) return undefined;
  return await requireFrozen({ store, file: RUN_FILES.givenModel }, manifest.model.sha256);
}

/**
 * What merged sums give, by one call: a fit, or the given model with the labels in its space. Errors: E_PCA_…
 * with the place of the run.
 */
export async function fitOrApply(
  { run, children, signal }: StageContext,
  { given, sums: merged }: { given: Uint8Array | undefined; sums: Sums | undefined },
): Promise<{ readonly model: Uint8Array; readonly labels: Uint8Array }> {
  if (merged === undefined) throw new Error('a run without partitions has no sums');
  const sums = encodeSums(merged);
  if (given === undefined) {
    const fit = children.call('fit', { sums, options: run.manifest.pca }, { signal });
    return await fit.catch((error: unknown) => {
      if (!(error instanceof VergerError) || !error.code.startsWith('E_PCA_')) throw error;
      const { code, place, detail } = error;
      throw new VergerError(code, { ...place, location: run.store.describe() }, { detail, cause: error });
    });
  }
  return { model: given, ...(await children.call('centroids', { sums, model: given }, { signal })) };
}
