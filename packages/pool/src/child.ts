import { fork } from 'node:child_process';
import { getPriority, setPriority } from 'node:os';
import type { Readable } from 'node:stream';
import type { FromChild, ToChild } from './messages.ts';

/** How much of a child's last output is kept. */
const TAIL_BYTES = 4096;
/**
 * How long after its exit a child's pipes may stay open: only a process that the child started itself can
 * hold them.
 */
const DRAIN_MS = 1000;

/** How much less urgent children are than their parent (`nice`). */
const NICER = 5;

/**
 * How a child ended. `code` and `signal` as Node gives them; both null when it could not be forked at all.
 */
export interface Death {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The end of its stdout and stderr, at most 4 KiB. */
  readonly output: string;
  /** Why it could not be forked. */
  readonly error?: Error;
}

/** One running child. */
export interface Child<Init, Request> {
  readonly pid: number | undefined;
  /**
   * Throws when the message cannot be cloned; a closed channel is no error, the child's death is told by
   * `gone`.
   */
  send(message: ToChild<Init, Request>): void;
  kill(signal: 'SIGTERM' | 'SIGKILL'): void;
}

/** What a child process reports to its slot. */
export interface ChildListener<Response> {
  message(message: FromChild<Response>): void;
  /** Once, after the last message that the child managed to send. */
  gone(death: Death): void;
}

function keepTail(streams: readonly (Readable | null)[]): () => string {
  let tail = Buffer.alloc(0);
  for (const stream of streams)
    stream?.on('data', (chunk: Buffer) => {
      tail = Buffer.concat([tail, chunk]).subarray(-TAIL_BYTES);
    });
  return () => tail.toString('utf8');
}

/**
 * What the parent does is short and what the children do is not: on a busy core it goes first, so that locks
 * are renewed and no child waits for images.
 */
function yieldTo(pid: number): void {
  try {
    setPriority(pid, Math.min(19, getPriority() + NICER));
  } catch {
    // Gone already, or a system that does not let it: only slower.
  }
}

/** This process' own Node options for a child: without the debugger's port, which is taken. */
export function childExecArgv(): string[] {
  const isDebuggers = (argument: string) => argument.startsWith('--inspect');
  // Only when needed a new array: Node takes `--eval` out of its own, and of no other.
  if (!process.execArgv.some(isDebuggers)) return process.execArgv;
  return process.execArgv.filter((argument) => !isDebuggers(argument));
}

/**
 * Forks a module. The child's environment is `env` and what Node itself adds for the channel; its Node
 * options are this process' own, without the debugger's port. Its output is kept, not printed.
 */
export function forkChild<Init, Request, Response>(
  module: URL,
  env: Readonly<Record<string, string>>,
  listener: ChildListener<Response>,
): Child<Init, Request> {
  const child = fork(module, [], {
    env: { ...env },
    execArgv: childExecArgv(),
    serialization: 'advanced',
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  if (child.pid !== undefined) yieldTo(child.pid);
  const output = keepTail([child.stdout, child.stderr]);
  let gone = false;
  const end = (code: number | null, signal: NodeJS.Signals | null, error?: Error) => {
    if (gone) return;
    gone = true;
    listener.gone({ code, signal, output: output(), ...(error === undefined ? {} : { error }) });
  };
  child.on('message', (message) => {
    if (!gone) listener.message(message as FromChild<Response>);
  });
  child.on('error', (error) => {
    // Also a failed kill or send comes here; only a child that never was has no other end.
    if (child.pid === undefined) end(null, null, error);
  });
  child.on('exit', (code, signal) => setTimeout(end, DRAIN_MS, code, signal).unref());
  child.on('close', (code, signal) => end(code, signal));
  return {
    pid: child.pid,
    // A child that never was has no channel, and no `send` either; its end is on its way.
    send: (message) => {
      if (child.pid !== undefined) child.send(message, () => {});
    },
    kill: (signal) => void child.kill(signal),
  };
}
