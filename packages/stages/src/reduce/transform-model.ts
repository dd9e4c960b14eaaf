import { RUN_FILES, type Run, VergerError } from '@verger/core';
import { requireFile, sha256Async } from '@verger/run';
import type { Children } from '../children/children.ts';

/**
 * The bytes of the model that a transform applies, or undefined for a run that fits its own. Errors:
 * E_RUN_CORRUPT.
 */
export async function readGivenModel({
  manifest,
  store,
}: Pick<Run, 'manifest' | 'store'>): Promise<Uint8Array | undefined> {
  if (manifest.model === undefined) return undefined;
  const bytes = await requireFile(store, RUN_FILES.givenModel);
  if ((await sha256Async(bytes)) === manifest.model.sha256) return bytes;
  const location = `${store.describe()}/${RUN_FILES.givenModel}`;
  throw new VergerError('E_RUN_CORRUPT', { location }, { detail: 'Its sha256 does not match the manifest.' });
}

/**
 * What the merged sums of a lease give: a fit, or the given model with the labels in its space. Errors:
 * E_PCA_…
 */
export async function fitOrApply(
  call: Children['call'],
  { run, given, signal }: { run: Run; given: Uint8Array | undefined; signal: AbortSignal },
): Promise<{ readonly model: Uint8Array; readonly labels: Uint8Array }> {
  if (given === undefined) return await call('fit', { options: run.manifest.pca }, { signal });
  return { model: given, ...(await call('centroids', { model: given }, { signal })) };
}
