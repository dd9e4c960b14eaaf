import { VergerError } from '@verger/core';
import { readConfigFile, resolveConfig } from '@verger/runtime';
import type { Command } from '../cli/command.ts';
import { prepareWeights } from '../find-weights.ts';
import { printOutcome } from '../print/outcome-text.ts';
import { findReuse } from '../reuse.ts';
import { runImages } from '../run-flow.ts';

/**
 * `verger run IMAGES --output DIR`: computes features, PCA and projection; the same command resumes or
 * reports.
 */
export const run: Command = async (input) => {
  const [images] = input.args;
  if (images === undefined) throw new VergerError('E_USAGE', {}, { detail: 'IMAGES is missing.' });
  const config = resolveConfig({
    flags: input.flags,
    env: input.env,
    file: await readConfigFile(input.cwd),
    required: ['output'],
  });
  for (const warning of config.warnings) input.out.note(`warning: ${warning}`);
  const reuse = await findReuse(input);
  const network = () => prepareWeights({ ...config.operational, otherwise: 'download' }, input);
  const outcome = await runImages(input, images, { config, network, reuse });
  return printOutcome(input, outcome);
};
