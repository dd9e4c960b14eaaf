import { randomInt } from 'node:crypto';
import { formatError, VergerError } from '@verger/core';
import { readConfigFile, resolveConfig } from '@verger/runtime';
import { goesToItsEnd } from '@verger/verify';
import type { Command, CommandInput } from '../cli/command.ts';
import { findRun } from '../find-run.ts';
import { type Checked, examineAndRecompute, mendable, mendRun, type Patient } from '../mend.ts';
import { asCalled } from '../print/program-name.ts';
import { examinationJson, examinationText } from '../print/verify-text.ts';

/** A repair may uncover further findings (in features that were missing before): at most this many rounds. */
const MOST_ROUNDS = 3;

/**
 * `verger verify RUN`: recomputes everything and compares it with the files of the run; `--repair` rebuilds
 * damaged files. Exit 0 if there is no fault (left), else 1 with E_RUN_DAMAGED.
 */
export const verify: Command = async (input) => {
  const { store, manifest, location } = await findRun(input.storages, input.args[0] ?? '');
  const { repair, recompute, seed, ...own } = input.flags;
  const flags = { ...own, output: location };
  const file = await readConfigFile(input.cwd);
  const config = resolveConfig({ flags, env: input.env, file, opened: manifest.extraction });
  const patient: Patient = { store, manifest, operational: config.operational };
  const asked =
    typeof recompute === 'number'
      ? { count: recompute, seed: typeof seed === 'number' ? seed : randomInt(2 ** 31) }
      : undefined;
  const first = await examineAndRecompute(input, patient, asked);
  const repaired = repair === true && mendable(first);
  const last = repaired ? await repairAll(input, patient, { first, asked }) : first;
  const faults = last.findings.filter(({ severity }) => severity === 'fault').length;
  const error = new VergerError('E_RUN_DAMAGED', { location }, { detail: `Faults found: ${faults}.` });
  if (input.json) {
    const before = repaired ? { repaired: examinationJson(first) } : {};
    const failed = faults === 0 ? {} : { error: { code: error.code, message: error.message } };
    const found = { runId: manifest.runId, location, ...examinationJson(last), ...before, ...failed };
    input.out.print(JSON.stringify(found, null, 1));
  } else {
    if (repaired)
      input.out.print(`before the repair\n${examinationText(manifest.runId, first)}\nafter the repair`);
    input.out.print(examinationText(manifest.runId, last));
    if (faults > 0) input.out.note(asCalled(formatError(error)));
  }
  return faults === 0 ? 0 : error.exit;
};

async function repairAll(
  input: CommandInput,
  patient: Patient,
  { first, asked }: { first: Checked; asked: Parameters<typeof examineAndRecompute>[2] },
): Promise<Checked> {
  // Decided once: the first repair marks an unfinished run as being repaired, and must not extract further
  // images.
  const goesOn = goesToItsEnd(first);
  let examination = first;
  for (let round = 0; round < MOST_ROUNDS && mendable(examination); round += 1) {
    await mendRun(input, patient, { examination, goesOn });
    const before = JSON.stringify(examination.findings);
    examination = await examineAndRecompute(input, patient, asked);
    if (JSON.stringify(examination.findings) === before) break;
  }
  return examination;
}
