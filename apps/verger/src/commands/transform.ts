import { VergerError } from '@verger/core';
import { findRun, transformRun } from '@verger/driver';
import type { Command } from '../cli/command.ts';
import { drive } from '../cli/drive.ts';
import { readConfig } from '../cli/read-config.ts';
import { printOutcome } from '../print/outcome-text.ts';

/** `verger transform RUN IMAGES --output DIR`: a run with the PCA model of RUN. */
export const transform: Command = async (input) => {
  const [words, images] = input.args;
  if (words === undefined || images === undefined) {
    throw new VergerError('E_USAGE', {}, { detail: 'RUN and IMAGES are required.' });
  }
  const options = await readConfig(input, { required: ['output'] });
  const source = await findRun(input.storages, words);
  return printOutcome(
    input,
    await drive(input, (driver) => transformRun(driver, { source, images, options })),
  );
};
