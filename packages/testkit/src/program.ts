import { type ChildProcess, spawn } from 'node:child_process';
import { tmpdir } from 'node:os';

/** How a program ended. `code` is null when a signal ended it. */
export interface ProgramResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A program that may still run. */
export interface RunningProgram {
  readonly pid: number;
  readonly child: ChildProcess;
  /** What it has written to stderr so far. */
  readonly stderr: () => string;
  /** What it has written to stdout so far. */
  readonly stdout: () => string;
  readonly ended: Promise<ProgramResult>;
}

/** How a program is started. */
export interface ProgramOptions {
  /** The working directory; default: the folder for temporary files, so that no configuration file is found. */
  readonly cwd?: string;
  /** Variables beyond PATH, HOME, TMPDIR and LANG. Nothing else is inherited. */
  readonly env?: Readonly<Record<string, string>>;
  /** In a process group of its own, so that a signal can go to all of it as a terminal sends it. */
  readonly group?: boolean;
  /** As that user, by number. Only for root. */
  readonly user?: number | undefined;
}

const INHERITED = ['PATH', 'HOME', 'TMPDIR', 'LANG'];

/** Starts a program with its output in pipes; it may not be there: then `ended` rejects. */
export function startProgram(
  command: string,
  args: readonly string[],
  options: ProgramOptions = {},
): RunningProgram {
  const { cwd = tmpdir(), env = {}, group = false, user } = options;
  const inherited = Object.entries(process.env).filter(([name]) => INHERITED.includes(name));
  const child = spawn(command, args, {
    cwd,
    env: { ...Object.fromEntries(inherited), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: group,
    ...(user === undefined ? {} : { uid: user, gid: user }),
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = new Promise<ProgramResult>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  return { pid: child.pid ?? 0, child, stderr: () => stderr, stdout: () => stdout, ended };
}
