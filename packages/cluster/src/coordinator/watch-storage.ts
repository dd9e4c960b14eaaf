/** The loop that follows a run by its storage, and the watcher that looks at nothing else. */
import { type Clock, type Run, type RunEvent, runState } from '@verger/core';
import { readStatus } from '@verger/run';
import { pause } from '@verger/stages';
import { followNewest, isPassing, OutageLimit, pauseAfter } from './outage-limit.ts';
import { lookAtRun, nothingSeen, type Seen } from './run-progress.ts';

/** Between looks at a run whose partitions are all committed. */
const ENDING_POLL_MS = 250;

/** How long nothing may be committed after a job has failed for good: then the others have ended, too. */
const QUIET_MS = 15_000;

/** How a run is watched. */
export interface WatchOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Between two looks, milliseconds; 1,000 if not given. */
  readonly pollMs?: number | undefined;
}

/**
 * What else is looked at while a run is not done: gives the run to follow from now on, or undefined to stop.
 */
export type LookBeyond = (
  run: Run,
  so: { readonly seen: Seen; readonly emit: (event: RunEvent) => void },
) => Promise<Run | undefined>;

/**
 * Looks at a run's storage until it is done, or until `look` stops. Errors: E_RUN_CANCELLED; the signal's
 * reason; those of `look`; what may pass (E_STORAGE, …) after ten minutes.
 */
export async function* watchUntilDone(
  first: Run,
  { clock, signal, pollMs = 1000 }: WatchOptions,
  look: LookBeyond,
): AsyncGenerator<RunEvent> {
  const seen = nothingSeen();
  const outage = new OutageLimit(clock);
  const events: RunEvent[] = [];
  const emit = (event: RunEvent) => void events.push(event);
  let run: Run | undefined = first;
  while (run !== undefined) {
    signal.throwIfAborted();
    const beganMs = clock.monotonicMs();
    try {
      run = await followNewest(run, { emit, signal });
      const success = await lookAtRun(run, seen, { emit, nowMs: clock.monotonicMs() });
      if (success !== undefined) emit({ type: 'run:done', verdict: success.verdict });
      run = success === undefined ? await look(run, { seen, emit }) : undefined;
      outage.reset();
    } catch (error) {
      if (!isPassing(error)) {
        yield* events.splice(0);
        throw error;
      }
      outage.spend(error);
    }
    // Before whoever watches takes its time over the events.
    const tookMs = clock.monotonicMs() - beganMs;
    yield* events.splice(0);
    const isEnding = seen.commits.size === run?.manifest.partitions.length;
    const everyMs = isEnding ? Math.min(ENDING_POLL_MS, pollMs) : pollMs;
    if (run !== undefined) await pause(pauseAfter(tookMs, everyMs), signal);
  }
}

/**
 * Looks at a run's storage until it is done, whoever does it and wherever; no queue is asked. Ends without
 * `run:done` when the run has failed and nothing more comes. Errors: those of `watchUntilDone`.
 */
export function watchStorage(first: Run, options: WatchOptions): AsyncGenerator<RunEvent> {
  const { clock } = options;
  let news = { committed: -1, atMs: clock.monotonicMs() };
  return watchUntilDone(first, options, async (run, { seen }) => {
    const committed = seen.commits.size + seen.projected.size;
    if (committed !== news.committed) news = { committed, atMs: clock.monotonicMs() };
    return clock.monotonicMs() - news.atMs > QUIET_MS && (await hasFailed(run)) ? undefined : run;
  });
}

async function hasFailed({ store, manifest }: Run): Promise<boolean> {
  return runState((await readStatus(store, manifest)).facts) === 'failed';
}
