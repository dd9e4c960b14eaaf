import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ProgramOptions, type ProgramResult, type RunningProgram, startProgram } from './program.ts';

/** How a `verger` process ended. */
export type CliResult = ProgramResult;

/** A `verger` process that may still run. */
export type RunningCli = RunningProgram;

/** How a `verger` process is started: with one child unless `env` says otherwise; each costs a second. */
export interface CliOptions extends ProgramOptions {
  /** A module that Node loads before the program, there and in its children. */
  readonly preload?: URL;
  /** The built one: a second less. Whoever asks for it has built it. */
  readonly built?: boolean;
  /** The bin of another built tree, instead of this one's. */
  readonly program?: string;
  /** At most so many open files (`ulimit -n`). */
  readonly openFiles?: number;
}

const MAIN = fileURLToPath(new URL('../../../apps/verger/src/cli/main.ts', import.meta.url));
/**
 * As this process runs sources; where that is tsx, without its hooks for `require`, which ESM does not need:
 * 0.15 s less.
 */
const LOADER = process.execArgv.find((word) => word.endsWith('/stripped-loader.js'));
const FROM_SOURCE = ['--import', LOADER ?? import.meta.resolve('tsx/esm'), '--conditions=verger-source'];
const BUILT = fileURLToPath(new URL('../../../apps/verger/bin/verger.js', import.meta.url));

/**
 * Starts `verger` with its output in pipes: the built one where `npm test` has built it or it is asked for,
 * else from source.
 */
export function startCli(args: readonly string[], options: CliOptions = {}): RunningCli {
  const { preload, openFiles } = options;
  // A preload in TypeScript changes modules of the sources.
  const fromSource = preload?.pathname.endsWith('.ts') === true;
  const built = options.built ?? (!fromSource && process.env['VERGER_BUILT'] === '1');
  const before = preload === undefined ? [] : ['--import', preload.href];
  const otherwise = built ? [...before, BUILT] : [...FROM_SOURCE, ...before, MAIN];
  const program = options.program === undefined ? otherwise : [...before, options.program];
  const limit = openFiles === undefined ? [] : ['sh', '-c', `ulimit -n ${openFiles}; exec "$0" "$@"`];
  const [command = '', ...rest] = [...limit, process.execPath, ...program, ...args];
  const running = startProgram(command, rest, {
    ...options,
    env: { VERGER_PROCESSES: '1', ...options.env },
  });
  if (running.child.pid === undefined) {
    running.ended.catch(() => {});
    throw new Error('verger could not be started');
  }
  return running;
}

/** Runs `verger` to its end. From source it takes a second of CPU more before the command itself begins. */
export async function cli(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  return await startCli(args, options).ended;
}

/** The flags that every run of these tests has: no download, and bad images are no failure. */
export const TRIAL: readonly string[] = ['--weights', 'untrained', '--max-bad', '1'];

/** What `--json` printed. Throws what was printed otherwise when the command failed. */
export function jsonOf<T = Record<string, unknown>>({ code, stdout, stderr }: CliResult): T {
  if (code !== 0) throw new Error(`verger ended with ${code}:\n${stderr}${stdout}`);
  return JSON.parse(stdout) as T;
}

/** A new folder, removed by the function that comes with it. */
export async function temporaryFolder(): Promise<{ folder: string; remove: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'verger-e2e-'));
  return { folder, remove: () => rm(folder, { recursive: true, force: true, maxRetries: 5 }) };
}
