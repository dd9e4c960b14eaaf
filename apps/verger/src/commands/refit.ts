import { findRun, outputOf, refitRun } from '@verger/driver';
import type { Command } from '../cli/command.ts';
import { drive } from '../cli/drive.ts';
import { readConfig } from '../cli/read-config.ts';
import { printOutcome } from '../print/outcome-text.ts';

/**
 * `verger refit RUN --variance 0.9`: the run that `verger run` with these PCA options would make. PCA options
 * that are not given have their defaults, as in `run`.
 */
export const refit: Command = async (input) => {
  const source = await findRun(input.storages, input.args[0] ?? '');
  const flags = { output: outputOf(source.location), ...input.flags };
  const options = await readConfig(input, { flags });
  return printOutcome(input, await drive(input, (driver) => refitRun(driver, { source, options })));
};
