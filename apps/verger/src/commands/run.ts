import { VergerError } from '@verger/core';
import { startRun } from '@verger/driver';
import type { Command } from '../cli/command.ts';
import { drive } from '../cli/drive.ts';
import { readConfig } from '../cli/read-config.ts';
import { printOutcome } from '../print/outcome-text.ts';

/** `verger run IMAGES --output DIR`: features, PCA and projection of a folder of images. The same command again resumes or reports. */
export const run: Command = async (input) => {
  const [images] = input.args;
  if (images === undefined) throw new VergerError('E_USAGE', {}, { detail: 'IMAGES is missing.' });
  const options = await readConfig(input, { required: ['output'] });
  return printOutcome(input, await drive(input, (driver) => startRun(driver, { images, options })));
};
