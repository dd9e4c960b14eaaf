import { formatCount, printable, type Storage, VergerError } from '@verger/core';
import { type Command, show } from '../cli/command.ts';
import { type ListedRun, readRuns } from '../print/run-list.ts';
import { formatTable } from '../print/text.ts';

/**
 * `verger list OUTPUT`: the runs of an output folder, oldest first, with the options in which they differ.
 */
export const list: Command = async ({ args, json, out, storages }) => {
  const output = args[0] ?? '';
  const runs = await readRuns(storages, output);
  if (runs.length === 0) await refuseMissing(storages.open(output));
  const none = () => `no runs in ${storages.open(output).describe()}`;
  show({ json, out }, runs, () =>
    runs.length === 0 ? none() : listText(runs, out.tableColumns ?? out.columns),
  );
  return 0;
};

function listText(runs: readonly ListedRun[], columns: number): string {
  const head = ['run', 'state', 'images', 'extracted', 'k', 'created'];
  const rows = runs.map(cells);
  const differ = rows.some((row) => row.at(-1) !== '');
  const table = [[...head, 'options that differ'], ...rows].map((row) => (differ ? row : row.slice(0, -1)));
  const faults = runs.flatMap(({ id, fault }) =>
    fault === null ? [] : [`${id} is damaged: ${printable(fault)}`],
  );
  return [formatTable(table, [2, 3, 4], columns), ...faults].join('\n');
}

function cells({ id, state, images, extracted, k, created, options }: ListedRun): string[] {
  const number = (value: number | null) => (value === null ? '–' : formatCount(value));
  const time = created === null ? '–' : created.slice(0, 16).replace('T', ' ');
  const differing = Object.entries(options).flatMap(([name, value]) => {
    const words = value === null ? ofNone(name, options) : shown(value);
    return words === undefined ? [] : [`${name}=${words}`];
  });
  return [printable(id), state, number(images), number(extracted), number(k), time, differing.join(' ')];
}

/** Of these options a run has one: the other needs no word. */
const EITHER: readonly (readonly [string, string])[] = [
  ['variance', 'components'],
  ['partitions', 'partitionSize'],
];

/** What it means that a run has no value for an option; undefined when another option says it. */
function ofNone(name: string, options: ListedRun['options']): string | undefined {
  const pair = EITHER.find((names) => names.includes(name));
  if (pair === undefined) return 'all';
  const other = options[pair[0] === name ? pair[1] : pair[0]];
  // Where both differ and this run has neither, one of them says so.
  const isSaid = other !== undefined && (other !== null || name === pair[1]);
  return pair[0] === 'partitions' && !isSaid ? 'automatic' : undefined;
}

function shown(value: unknown): string {
  return printable(Array.isArray(value) ? value.join(',') : String(value));
}

/**
 * Throws if the output folder cannot be listed; one without runs is fine. Errors: E_OUTPUT_MISSING; those of
 * the storage.
 */
async function refuseMissing(output: Storage): Promise<void> {
  try {
    for await (const _ of output.list({ shallow: true })) return;
  } catch (error) {
    if (!(error instanceof VergerError) || !error.code.startsWith('E_INPUT_')) throw error;
    const detail = error.code === 'E_INPUT_MISSING' ? undefined : error.detail;
    throw new VergerError('E_OUTPUT_MISSING', { location: output.describe() }, { detail });
  }
}
