import { RUN_FILES, VergerError } from '@verger/core';
import { findRun, readReport } from '@verger/driver/runs';
import { readFile, readSuccess } from '@verger/run';
import { type Command, show } from '../cli/command.ts';
import { reportText } from '../print/report-text.ts';
import { storageFlags } from '../print/run-activity.ts';

const DEFAULT_LABELS = 12;

/** `verger report RUN`: the report of a finished run as text, or as JSON. */
export const report: Command = async ({ args, flags, json, out, storages }) => {
  const { store, location } = await findRun(storages, args[0] ?? '');
  if ((await readFile(store, RUN_FILES.report)) === undefined) {
    const finished = (await readSuccess(store)) !== undefined;
    const detail = finished
      ? 'Its report.json is missing; repeat its `run` command.'
      : 'Therefore it has no report.';
    throw new VergerError('E_RUN_NO_MODEL', { location }, { detail });
  }
  const stored = await readReport(store);
  const labels = typeof flags['labels'] === 'number' ? flags['labels'] : DEFAULT_LABELS;
  const names = { run: location, more: storageFlags(flags) };
  show({ json, out }, stored, () => reportText(stored, { columns: out.columns, labels, names }));
  return 0;
};
