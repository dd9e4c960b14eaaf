import { type Report, RUN_FILES, VergerError } from '@verger/core';
import { type PriceTable, workerTimeCost } from '@verger/cost';
import { findRun, readReport } from '@verger/driver/runs';
import { readFile, readSuccess } from '@verger/run';
import { type Command, show } from '../cli/command.ts';
import { readPrices } from '../plan/read-prices.ts';
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
  const prices = await readPrices(typeof flags['prices'] === 'string' ? flags['prices'] : undefined);
  const { workers } = stored;
  const cost = workers === undefined ? {} : { workers: withCosts(workers, prices) };
  const text = () => reportText(stored, { columns: out.columns, labels, names, prices });
  show({ json, out }, { ...stored, ...cost }, text);
  return 0;
};

/** The worker times with what they cost; null for a type without a price. */
function withCosts(workers: NonNullable<Report['workers']>, prices: PriceTable) {
  const costs = workerTimeCost(workers, prices);
  return workers.map((one, index) => ({ ...one, ...costs[index] }));
}
