import { type Clock, ERRORS, type Run, type RunEvent, VergerError } from '@verger/core';
import { checkUncancelled, newestEpoch } from '@verger/run';

/** How long the storage may be away before a watcher gives up. */
const PATIENCE_MS = 10 * 60_000;

/**
 * Pauses between looks are so many times as long as a look: of a run of 20,000 partitions it is dozens of
 * requests, and must not be all that the storage does.
 */
const LOOKS_SHARE = 4;
/**
 * No look takes so long by itself: one that did waited for a storage that was away, which says nothing of the
 * next.
 */
const LONGEST_PAUSE_MS = 5000;

/** How long to wait after a look that took so long, milliseconds. */
export function pauseAfter(tookMs: number, pollMs: number): number {
  return Math.max(pollMs, Math.min(LONGEST_PAUSE_MS, LOOKS_SHARE * tookMs));
}

/** True for what may heal while one waits: storage or network, not the run. */
export function isPassing(error: unknown): boolean {
  return error instanceof VergerError && ERRORS[error.code].kind === 'task';
}

/** Bounds how long looks may fail in a row. */
export class OutageLimit {
  private readonly clock: Clock;
  private sinceMs: number | undefined;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** A look went well. */
  reset(): void {
    this.sinceMs = undefined;
  }

  /** A look failed. Throws its error when that has gone on for ten minutes. */
  spend(error: unknown): void {
    const nowMs = this.clock.monotonicMs();
    this.sinceMs ??= nowMs;
    if (nowMs - this.sinceMs > PATIENCE_MS) throw error;
  }
}

/** The run in its newest epoch: another coordinator may have submitted it again. Errors: E_RUN_CANCELLED. */
export async function followNewest(
  run: Run,
  { emit, signal }: { emit: (event: RunEvent) => void; signal: AbortSignal },
): Promise<Run> {
  await checkUncancelled({ run, signal });
  const epoch = await newestEpoch(run.store);
  if (epoch <= run.epoch) return run;
  emit({ type: 'run:notice', text: `epoch ${epoch} has taken over; following it` });
  return { ...run, epoch };
}
