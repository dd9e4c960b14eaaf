import { formatBytes, type Report, RUN_FILES, VergerError } from '@verger/core';
import { type PriceTable, workerTimeCost } from '@verger/cost';
import { type FoundRun, findRun, readReport } from '@verger/driver/runs';
import { readFile, readSuccess } from '@verger/run';
import { openWholeFile } from '@verger/storage';
import { type Command, type CommandInput, show } from '../cli/command.ts';
import { drive } from '../cli/drive.ts';
import { readConfig } from '../cli/read-config.ts';
import { pageExists, pageTarget } from '../plan/page-target.ts';
import { readPrices } from '../plan/read-prices.ts';
import { reportText } from '../print/report-text.ts';
import { storageFlags } from '../print/run-activity.ts';

const DEFAULT_LABELS = 12;

/** `verger report RUN`: the report of a finished run as text, as JSON, or with --html as a page. */
export const report: Command = async (input) => {
  const { args, flags, json, out, storages } = input;
  const run = await findRun(storages, args[0] ?? '');
  const { store, location } = run;
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
  if (flags['html'] !== undefined) {
    const page = await writePage(input, { run, stored, prices });
    const words = () =>
      `run ${stored.runId}: page written\n  file        ${page.file} (${formatBytes(page.bytes)})`;
    show(input, { runId: stored.runId, ...page }, words);
    return 0;
  }
  const { workers } = stored;
  const cost = workers === undefined ? {} : { workers: withCosts(workers, prices) };
  const text = () => reportText(stored, { columns: out.columns, labels, names, prices });
  show({ json, out }, { ...stored, ...cost }, text);
  return 0;
};

/** Makes the page of the run into a file. Errors: those of `pageTarget` and `makeReportPage`. */
async function writePage(
  input: CommandInput,
  { run, stored, prices }: { readonly run: FoundRun; readonly stored: Report; readonly prices: PriceTable },
): Promise<{ readonly file: string; readonly bytes: number }> {
  const { html, force, prices: _, labels: __, ...flags } = input.flags;
  const rules = { cwd: input.cwd, store: run.store, force: force === true };
  const { file, overwrite } = await pageTarget(String(html), rules);
  const { makeReportPage } = await import('@verger/driver');
  const options = await readConfig({ ...input, flags }, { opened: run.manifest.extraction });
  const cost = costOf(stored, prices);
  const { value } = await drive(input, (driver) => makeReportPage(driver, { run, options }, { cost }));
  const whole = await openWholeFile(file);
  try {
    await whole.write(Buffer.from(value));
    const { bytes } = await whole.close();
    if ((await whole.publish({ overwrite })) !== 'created') throw pageExists(file);
    return { file, bytes };
  } finally {
    await whole.discard();
  }
}

/** What the workers' time costs on demand; undefined where a type has no price. */
function costOf({ workers = [] }: Report, prices: PriceTable): { usd: number; pricesOf: string } | undefined {
  const costs = workerTimeCost(workers, prices).map(({ usdOnDemand }) => usdOnDemand);
  if (costs.length === 0 || costs.includes(null)) return undefined;
  const usd = costs.reduce<number>((sum, one) => sum + (one ?? 0), 0);
  return { usd, pricesOf: `${prices.region}, ${prices.date}, on demand` };
}

/** The worker times with what they cost; null for a type without a price. */
function withCosts(workers: NonNullable<Report['workers']>, prices: PriceTable) {
  const costs = workerTimeCost(workers, prices);
  return workers.map((one, index) => ({ ...one, ...costs[index] }));
}
