import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** How a `verger` process ended. `code` is null when a signal ended it. */
export interface CliResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A `verger` process that may still run. */
export interface RunningCli {
  readonly pid: number;
  readonly child: ChildProcess;
  /** What it has written to stderr so far. */
  readonly stderr: () => string;
  readonly ended: Promise<CliResult>;
}

export interface CliOptions {
  /**
   * The working directory; default: the folder for temporary files, so that no configuration file is found.
   */
  readonly cwd?: string;
  /** Variables beyond PATH, HOME, TMPDIR and one child, each of which costs a second. Nothing else is inherited. */
  readonly env?: Readonly<Record<string, string>>;
  /** In a process group of its own, so that a signal can go to all of it as a terminal sends it. */
  readonly group?: boolean;
  /** A module that Node loads before the program, there and in its children. */
  readonly preload?: URL;
  /** The built one: a second less. Whoever asks for it has built it. */
  readonly built?: boolean;
  /** The bin of another built tree, instead of this one's. */
  readonly program?: string;
  /** At most so many open files (`ulimit -n`). */
  readonly openFiles?: number;
  /** As that user, by number. Only for root. */
  readonly user?: number;
}

const MAIN = fileURLToPath(new URL('../../../apps/verger/src/cli/main.ts', import.meta.url));
/**
 * As this process runs sources; where that is tsx, without its hooks for `require`, which ESM does not need:
 * 0.15 s less.
 */
const LOADER = process.execArgv.find((word) => word.endsWith('/stripped-loader.js'));
const FROM_SOURCE = ['--import', LOADER ?? import.meta.resolve('tsx/esm'), '--conditions=verger-source'];
const BUILT = fileURLToPath(new URL('../../../apps/verger/bin/verger.js', import.meta.url));
const INHERITED = ['PATH', 'HOME', 'TMPDIR'];

/**
 * Starts `verger` with its output in pipes: the built one where `npm test` has built it or it is asked for,
 * else from source.
 */
export function startCli(args: readonly string[], options: CliOptions = {}): RunningCli {
  const { cwd = tmpdir(), env = {}, group = false, preload, openFiles, user } = options;
  // A preload in TypeScript changes modules of the sources.
  const fromSource = preload?.pathname.endsWith('.ts') === true;
  const built = options.built ?? (!fromSource && process.env['VERGER_BUILT'] === '1');
  const before = preload === undefined ? [] : ['--import', preload.href];
  const otherwise = built ? [...before, BUILT] : [...FROM_SOURCE, ...before, MAIN];
  const program = options.program === undefined ? otherwise : [...before, options.program];
  const limit = openFiles === undefined ? [] : ['sh', '-c', `ulimit -n ${openFiles}; exec "$0" "$@"`];
  const [command = '', ...rest] = [...limit, process.execPath, ...program, ...args];
  const inherited = Object.entries(process.env).filter(([name]) => INHERITED.includes(name));
  const child = spawn(command, rest, {
    cwd,
    env: { VERGER_PROCESSES: '1', ...Object.fromEntries(inherited), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: group,
    ...(user === undefined ? {} : { uid: user, gid: user }),
  });
  if (child.pid === undefined) throw new Error('verger could not be started');
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = new Promise<CliResult>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  return { pid: child.pid, child, stderr: () => stderr, ended };
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
