import { VergerError } from '@verger/core';
import { findRun, refitRun, resumeRun, startRun, transformRun } from '@verger/driver';
import type { ResolvedConfig } from '@verger/runtime';
import { outputOf } from '@verger/storage';
import type { Command } from '../cli/command.ts';
import { drive } from '../cli/drive.ts';
import { readConfig } from '../cli/read-config.ts';
import { runLine } from '../print/listing-lines.ts';
import { printOutcome } from '../print/outcome-text.ts';

/**
 * `verger run IMAGES --output DIR`: computes features, PCA and projection; the same command resumes or
 * reports.
 */
export const run: Command = async (input) => {
  const [images] = input.args;
  if (images === undefined) throw new VergerError('E_USAGE', {}, { detail: 'IMAGES is missing.' });
  const options = await readConfig(input, { required: ['output'] });
  if (input.flags['calibrationImages'] !== undefined) mustCalibrate(options);
  return await printOutcome(input, await drive(input, (driver) => startRun(driver, { images, options })));
};

/** Errors: E_CONFIG where `--calibration-images` changes nothing. */
function mustCalibrate({ operational: { precision, reuse } }: ResolvedConfig): void {
  if (precision === 'int8' && reuse === null) return;
  const why =
    precision === 'int8'
      ? 'this is not for --reuse, which takes the calibration of that run'
      : 'this needs --precision int8';
  throw new VergerError('E_CONFIG', {}, { detail: `\n  --calibration-images (flag): ${why}` });
}

/** `verger resume RUN`: finishes a run as it was planned, and repairs what prevents that. */
export const resume: Command = async (input) => {
  const found = await findRun(input.storages, input.args[0] ?? '');
  const options = await readConfig(input, { opened: found.manifest.extraction });
  if (input.out.block !== undefined) input.out.note(runLine(found.manifest));
  return await printOutcome(
    input,
    await drive(input, (driver) => resumeRun(driver, { run: found, options })),
  );
};

/**
 * `verger refit RUN --variance 0.9`: the run that `verger run` with these PCA options would make. PCA options
 * that are not given have their defaults, as in `run`.
 */
export const refit: Command = async (input) => {
  const source = await findRun(input.storages, input.args[0] ?? '');
  const flags = { output: outputOf(source.location), ...input.flags };
  const options = await readConfig(input, { flags });
  return await printOutcome(input, await drive(input, (driver) => refitRun(driver, { source, options })));
};

/** `verger transform RUN IMAGES --output DIR`: a run with the PCA model of RUN. */
export const transform: Command = async (input) => {
  const [words, images] = input.args;
  if (words === undefined || images === undefined) {
    throw new VergerError('E_USAGE', {}, { detail: 'RUN and IMAGES are required.' });
  }
  const options = await readConfig(input, { required: ['output'] });
  const request = { source: await findRun(input.storages, words), images, options };
  return await printOutcome(input, await drive(input, (driver) => transformRun(driver, request)));
};
