import { findRun, resumeRun } from '@verger/driver';
import type { Command } from '../cli/command.ts';
import { drive } from '../cli/drive.ts';
import { readConfig } from '../cli/read-config.ts';
import { printOutcome } from '../print/outcome-text.ts';

/** `verger resume RUN`: finishes a run as it was planned, and repairs what prevents that. */
export const resume: Command = async (input) => {
  const run = await findRun(input.storages, input.args[0] ?? '');
  const options = await readConfig(input, { opened: run.manifest.extraction });
  return printOutcome(input, await drive(input, (driver) => resumeRun(driver, { run, options })));
};
