import { randomInt } from 'node:crypto';
import { VergerError } from '@verger/core';
import { findRun, isRepairable, repairRun, verifyRun } from '@verger/driver';
import type { Command } from '../cli/command.ts';
import { drive } from '../cli/drive.ts';
import { formatKnown } from '../cli/ending.ts';
import { readConfig } from '../cli/read-config.ts';
import { storageFlags } from '../print/run-activity.ts';
import { examinationJson, examinationText } from '../print/verify-text.ts';

/**
 * `verger verify RUN`: recomputes everything and compares it with the files of the run; `--repair` rebuilds
 * damaged files. Exit 0 if there is no fault (left), else 1 with E_RUN_DAMAGED.
 */
export const verify: Command = async (input) => {
  const run = await findRun(input.storages, input.args[0] ?? '');
  const { manifest, location } = run;
  const { repair, recompute: count, seed, ...flags } = input.flags;
  const options = await readConfig({ ...input, flags }, { opened: manifest.extraction });
  const recompute =
    typeof count === 'number'
      ? { count, seed: typeof seed === 'number' ? seed : randomInt(2 ** 31) }
      : undefined;
  const { value } = await drive(input, async (driver) => {
    const request = { run, options, recompute };
    const first = await verifyRun(driver, request);
    const repaired = repair === true && isRepairable(first);
    const last = repaired ? await repairRun(driver, request, first) : first;
    return { first, repaired, last };
  });
  const { first, repaired, last } = value;
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
    const names = { run: location, more: storageFlags(flags) };
    if (faults > 0) input.out.note(formatKnown(error, names));
  }
  return faults === 0 ? 0 : error.exit;
};
