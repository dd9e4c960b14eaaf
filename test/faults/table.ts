import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { markdownTable } from '@verger/testkit/built';
import { machineText } from '../bench/machine.ts';
import type { FaultGroup } from './fault-case.ts';

const PAGE = fileURLToPath(new URL('../../docs/reliability.md', import.meta.url));
const BEGIN = '<!-- faults:begin -->';
const END = '<!-- faults:end -->';

/** What came of a class. */
export interface GroupResult {
  readonly group: FaultGroup;
  ran: number;
  ms: number;
  /** How the disturbed runs ended, with how many did. */
  readonly endings: Map<string, number>;
  readonly failed: string[];
}

export function newResult(group: FaultGroup): GroupResult {
  return { group, ran: 0, ms: 0, endings: new Map(), failed: [] };
}

const HEAD = ['class', 'what', 'seed', 'cases', 'how the disturbed run ended', 'broken'];

function rowOf({ group, ran, endings, failed }: GroupResult, seed: number): string[] {
  const ended = [...endings].sort(([, a], [, b]) => b - a).map(([ending, count]) => `${ending}: ${count}`);
  const total = group.cases.length;
  const cases = ran === total ? String(ran) : `${ran} of ${total}`;
  return [group.name, group.what, String(seed), cases, ended.join(', '), String(failed.length)];
}

/** One row a class. */
export function tableOf(results: readonly GroupResult[], seed: number): string {
  return markdownTable([HEAD, ...results.map((result) => rowOf(result, seed))], [2, 3, 5]);
}

/**
 * Puts the rows of these classes into the table between the campaign's marks in `docs/reliability.md`; the
 * rows of other classes and the rest of the page stay as they are.
 */
export async function writePage(results: readonly GroupResult[], seed: number): Promise<void> {
  const page = await readFile(PAGE, 'utf8');
  const [from, to] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (from < 0 || to < from) throw new Error(`${PAGE} has no place between ${BEGIN} and ${END}`);
  const rows = new Map<string, string[]>();
  for (const line of page.slice(from, to).split('\n').slice(1)) {
    const cells = line.split(' | ').map((cell) => cell.replace(/^\| | \|$/g, ''));
    if (cells.length === HEAD.length && !['class', '---'].includes(cells[0] ?? ''))
      rows.set(cells[0] ?? '', cells);
  }
  for (const result of results) rows.set(result.group.name, rowOf(result, seed));
  const table = markdownTable([HEAD, ...rows.values()], [2, 3, 5]);
  const machine = `Written on ${new Date().toISOString().slice(0, 10)}; ${machineText()}.`;
  await writeFile(PAGE, `${page.slice(0, from)}${BEGIN}\n${machine}\n\n${table}\n${page.slice(to)}`);
}
