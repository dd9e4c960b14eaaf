import { fileURLToPath } from 'node:url';
import { type ProgramOptions, type ProgramResult, startProgram } from './program.ts';

const BIN = fileURLToPath(new URL('../../../apps/verger/bin/verger.js', import.meta.url));

/** Runs a program to its end. Its environment is PATH, HOME, TMPDIR, LANG and what is given. */
export async function runProgram(
  command: string,
  args: readonly string[],
  options: ProgramOptions = {},
): Promise<ProgramResult> {
  return await startProgram(command, args, options).ended;
}

/** Runs the built `verger` with `--json` and gives what it printed. Throws what it said when it failed. */
export async function runBuilt<T>(args: readonly string[], node: string = process.execPath): Promise<T> {
  const { code, stdout, stderr } = await runProgram(node, [BIN, ...args, '--json']);
  if (code !== 0) throw new Error(`${node} verger ${args.join(' ')} ended with ${code}:\n${stderr}${stdout}`);
  return JSON.parse(stdout) as T;
}

/** Rows of a Markdown table; the first is the head. Columns in `right` are numbers. */
export function markdownTable(rows: readonly (readonly string[])[], right: readonly number[] = []): string {
  const [head = [], ...body] = rows;
  const rule = head.map((_, column) => (right.includes(column) ? '---:' : '---'));
  return [head, rule, ...body].map((row) => `| ${row.join(' | ')} |`).join('\n');
}
