import type { Clock, Logger } from '@verger/core';
import { systemClock } from './clock.ts';

/** A signal that asks the process to end. */
export type ShutdownSignal = 'SIGINT' | 'SIGTERM';

/** 128 + the signal's number, as shells count. */
export const SIGNAL_EXIT: Readonly<Record<ShutdownSignal, number>> = { SIGINT: 130, SIGTERM: 143 };

/**
 * npm and npx pass a Ctrl-C on that the terminal has sent to everybody already: the same key, not a second
 * one.
 */
const SAME_KEY_MS = 250;

/** What `onShutdown` needs of a process. */
export interface SignalledProcess {
  on(signal: ShutdownSignal, listener: () => void): unknown;
  off(signal: ShutdownSignal, listener: () => void): unknown;
  exit(code: number): void;
}

/** How long a shutdown may take, and who is told. */
export interface ShutdownOptions {
  readonly logger?: Logger;
  /** After the first signal, the longest that the process may go on. Default: no bound. */
  readonly graceMs?: number;
  readonly clock?: Clock;
  readonly process?: SignalledProcess;
}

/**
 * First SIGINT or SIGTERM: `handler`, which ends the work so that the process ends by itself. Second one, the
 * end of the grace, or a handler that throws: the process exits at once with 130 or 143. Gives back what
 * undoes it all.
 */
export function onShutdown(
  handler: (signal: ShutdownSignal) => Promise<void>,
  options: ShutdownOptions = {},
): () => void {
  const { logger, graceMs, clock = systemClock, process: target = process } = options;
  let first: { readonly signal: ShutdownSignal; readonly atMs: number } | undefined;
  let timer: NodeJS.Timeout | undefined;
  const receive = (signal: ShutdownSignal) => {
    const atMs = clock.monotonicMs();
    if (first !== undefined) {
      if (signal === first.signal && atMs - first.atMs < SAME_KEY_MS) return;
      logger?.warn({ signal }, 'second signal: exiting now');
      target.exit(SIGNAL_EXIT[signal]);
      return;
    }
    first = { signal, atMs };
    logger?.info({ signal }, 'stopping; a second signal exits at once');
    if (graceMs !== undefined)
      timer = setTimeout(() => {
        logger?.error({ signal, graceMs }, 'the grace period is over: exiting now');
        target.exit(SIGNAL_EXIT[signal]);
      }, graceMs).unref();
    Promise.resolve()
      .then(() => handler(signal))
      .catch((error: unknown) => {
        logger?.error({ signal, error }, 'stopping failed');
        target.exit(SIGNAL_EXIT[signal]);
      });
  };
  const listeners = (['SIGINT', 'SIGTERM'] as const).map(
    (signal) => [signal, () => receive(signal)] as const,
  );
  for (const [signal, listener] of listeners) target.on(signal, listener);
  return () => {
    clearTimeout(timer);
    for (const [signal, listener] of listeners) target.off(signal, listener);
  };
}

/** Ends the process with that code after `afterMs`, whatever hangs until then. Gives back what disarms it. */
export function exitLater(
  code: number,
  afterMs: number,
  target: Pick<SignalledProcess, 'exit'> = process,
): () => void {
  const timer = setTimeout(() => target.exit(code), afterMs);
  return () => clearTimeout(timer);
}
