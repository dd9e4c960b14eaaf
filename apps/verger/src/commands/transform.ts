import { type GivenModel, pcaModelSchema, RUN_FILES, VergerError } from '@verger/core';
import { parseRecord, readSuccess, requireFile, sha256Async } from '@verger/run';
import { readConfigFile, resolveConfig } from '@verger/runtime';
import type { Command } from '../cli/command.ts';
import { type FoundRun, findRun } from '../find-run.ts';
import { networkOfRun } from '../find-weights.ts';
import { printOutcome } from '../print/outcome-text.ts';
import { findReuse } from '../reuse.ts';
import { runImages } from '../run-flow.ts';

/**
 * `verger transform RUN IMAGES --output DIR`: applies the PCA model of RUN to other images. Weights and
 * preprocessing must be those of RUN. The new run gets a copy of the model, so it can be resumed and verified
 * without RUN.
 */
export const transform: Command = async (input) => {
  const [words, images] = input.args;
  if (words === undefined || images === undefined) {
    throw new VergerError('E_USAGE', {}, { detail: 'RUN and IMAGES are required.' });
  }
  const resolved = resolveConfig({
    flags: input.flags,
    env: input.env,
    file: await readConfigFile(input.cwd),
    required: ['output'],
  });
  for (const warning of resolved.warnings) input.out.note(`warning: ${warning}`);
  const source = await findRun(input.storages, words);
  const given = await readModelOf(source);
  const reuse = await findReuse(input);
  // The options that the model was fitted with determine the projection.
  const config = { ...resolved, pca: given.pca };
  const network = () => networkOfRun(source.manifest, config.operational, input);
  const outcome = await runImages(input, images, { config, network, reuse, given });
  return printOutcome(input, outcome);
};

/**
 * The model of a finished run, checked against `_SUCCESS`. Errors: E_RUN_NO_MODEL, E_RUN_NO_ROWS,
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
    throw new VergerError(
      'E_RUN_CORRUPT',
      { location: file },
      { detail: 'Its sha256 does not match _SUCCESS.' },
    );
  }
  const { options: pca } = parseRecord(bytes, pcaModelSchema, file);
  // The source may be a transform itself: then its model comes from the run that fitted it.
  const model: GivenModel = manifest.model ?? { sha256, runId: manifest.runId };
  return { model, bytes, pca };
}
