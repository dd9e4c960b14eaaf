import { type GivenModel, pcaModelSchema, RUN_FILES, VergerError } from '@verger/core';
import { parseRecord, readSuccess, requireFile, sha256Async } from '@verger/run';
import type { Driver, RunOptions } from './driver.ts';
import type { FoundRun } from './find-run.ts';
import type { RunOutcome, SubmittedRun } from './outcome.ts';
import { startRun } from './start-run.ts';

/**
 * Runs images with the PCA model of a finished run. Weights and preprocessing must be those of that run; the
 * model's bytes become part of the new run, so it can be resumed and verified without the source. Errors:
 * E_RUN_NO_MODEL, E_RUN_NO_ROWS; those of `startRun`.
 */
export async function transformRun(
  driver: Driver,
  request: { readonly source: FoundRun; readonly images: string; readonly options: RunOptions },
): Promise<RunOutcome | SubmittedRun> {
  const { source, images, options } = request;
  const { pca, ...given } = await readModelOf(source);
  // What the model was fitted with says how it projects; options of a fit mean nothing here.
  return await startRun(driver, {
    ...{ images, options: { ...options, pca } },
    given: { ...given, source },
  });
}

/**
 * The model of a finished run, as its `_SUCCESS` names it. Errors: E_RUN_NO_MODEL, E_RUN_NO_ROWS,
 * E_RUN_CORRUPT.
 */
async function readModelOf({ store, manifest, location }: FoundRun) {
  const success = await readSuccess(store);
  if (success === undefined) throw new VergerError('E_RUN_NO_MODEL', { location });
  const expected = success.files[RUN_FILES.model];
  if (expected === undefined) {
    throw new VergerError('E_RUN_NO_ROWS', { location }, { detail: 'Therefore it has no PCA model.' });
  }
  const bytes = await requireFile(store, RUN_FILES.model);
  const sha256 = await sha256Async(bytes);
  const file = `${location}/${RUN_FILES.model}`;
  if (sha256 !== expected.sha256) {
    const detail = 'Its sha256 does not match _SUCCESS.';
    throw new VergerError('E_RUN_CORRUPT', { location: file }, { detail });
  }
  const { options: pca } = parseRecord(bytes, pcaModelSchema, file);
  // Of a transform: the run that fitted the model.
  const model: GivenModel = manifest.model ?? { sha256, runId: manifest.runId };
  return { model, bytes, pca };
}
