import { createInterface } from 'node:readline/promises';
import { isDebug } from '@verger/runtime';
import { Block, type TerminalStream } from '../print/block/block.ts';
import type { Output } from './command.ts';
import { wrapText } from './wrap.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Into a pipe, where nobody says how wide it is. */
const DEFAULT_COLUMNS = 100;
const NARROWEST = 20;

/** What a terminal is opened on. */
export interface Streams {
  readonly stdin: Pick<NodeJS.ReadStream, 'isTTY'>;
  readonly stdout: OutStream;
  readonly stderr: OutStream;
}

type OutStream = TerminalStream & { readonly isTTY?: boolean | undefined };

/**
 * This process' stdout and stderr. Its width is COLUMNS, else that of the terminal. Long lines are wrapped
 * where a width is known, but not JSON, and not into a pipe, where a program may look for a sentence.
 */
export function openTerminal(
  env: Environment,
  { json, streams: { stdin, stdout, stderr } = process }: { json: boolean; streams?: Streams },
): Output {
  const given = /^\d{1,5}$/.test(env['COLUMNS'] ?? '') ? Number(env['COLUMNS']) : 0;
  const columns = () => Math.max(NARROWEST, given || stdout.columns || stderr.columns || DEFAULT_COLUMNS);
  const shown = (text: string, { isTTY }: OutStream) =>
    given > 0 || isTTY === true ? wrapText(text, columns()) : text;
  const block = isLive(stderr, env) ? new Block(stderr, { colours: hasColours(env), process }) : undefined;
  return {
    get columns() {
      return columns();
    },
    tableColumns: given > 0 || stdout.isTTY === true ? columns() : Number.POSITIVE_INFINITY,
    block,
    confirm: stdin.isTTY === true && stderr.isTTY === true ? confirm : undefined,
    print: (text) => void stdout.write(`${json ? text : shown(text, stdout)}\n`),
    note: (text) => {
      const line = `${shown(text, stderr)}\n`;
      if (block === undefined) stderr.write(line);
      else block.above(line);
    },
  };
}

/** A terminal that can move its cursor, and whose lines are not those of a log. */
function isLive({ isTTY }: OutStream, env: Environment): boolean {
  return isTTY === true && env['TERM'] !== 'dumb' && !isDebug(env);
}

/** Unless NO_COLOR is set to anything (no-color.org). */
function hasColours(env: Environment): boolean {
  return (env['NO_COLOR'] ?? '') === '';
}

/** One line of a person's answer; anything but yes is no. */
async function confirm(question: string, signal: AbortSignal): Promise<boolean> {
  // Not as a terminal of readline's own, which would take Ctrl-C for itself.
  const lines = createInterface({ input: process.stdin, output: process.stderr, terminal: false });
  try {
    return /^y(es)?$/i.test((await lines.question(`${question} [y/N] `, { signal })).trim());
  } finally {
    lines.close();
  }
}
