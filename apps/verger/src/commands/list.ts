import { formatCount, printable, type Storage, VergerError } from '@verger/core';
import type { Command } from '../cli/command.ts';
import { type ListedRun, readRuns } from '../print/run-list.ts';
import { formatTable } from '../print/text.ts';

/** `verger list OUTPUT`: the runs of an output folder, the oldest first, with the options in which they differ. */
export const list: Command = async ({ args, json, out, storages }) => {
  const output = args[0] ?? '';
  const runs = await readRuns(storages, output);
  if (runs.length === 0) await refuseMissing(storages.open(output));
  if (json) {
    out.print(JSON.stringify(runs, null, 1));
    return 0;
  }
  if (runs.length === 0) {
    out.print(`no run in ${storages.open(output).describe()}`);
    return 0;
  }
  const head = ['run', 'state', 'images', 'extracted', 'k', 'created'];
  const rows = runs.map(cells);
  const differ = rows.some((row) => row.at(-1) !== '');
  const table = [[...head, 'differs in'], ...rows].map((row) => (differ ? row : row.slice(0, -1)));
  out.print(formatTable(table, [2, 3, 4], out.tableColumns ?? out.columns));
  for (const { id, fault } of runs) if (fault !== null) out.print(`${id} is damaged: ${printable(fault)}`);
  return 0;
};

function cells({ id, state, images, extracted, k, created, options }: ListedRun): string[] {
  const number = (value: number | null) => (value === null ? '–' : formatCount(value));
  const time = created === null ? '–' : created.slice(0, 16).replace('T', ' ');
  const differing = Object.entries(options).map(([name, value]) => `${name}=${shown(value)}`);
  return [printable(id), state, number(images), number(extracted), number(k), time, differing.join(' ')];
}

function shown(value: unknown): string {
  if (value === null) return 'none';
  return printable(Array.isArray(value) ? value.join(',') : String(value));
}

/** An output folder without runs is an answer; none at all is a fault. Errors: E_RUN_NOT_FOUND. */
async function refuseMissing(output: Storage): Promise<void> {
  try {
    for await (const _ of output.list({ shallow: true })) return;
  } catch (error) {
    if (!(error instanceof VergerError)) throw error;
    throw new VergerError(
      'E_RUN_NOT_FOUND',
      { location: output.describe() },
      { detail: 'It is no folder that can be read.' },
    );
  }
}
