import { type Clock, type Run, type RunEvent, runState } from '@verger/core';
import { readStatus } from '@verger/run';
import { pause } from '@verger/stages';
import { followNewest, isPassing, OutageLimit } from './outage-limit.ts';
import { lookAtRun, nothingSeen } from './run-progress.ts';

/** How long nothing may be committed after a job has failed for good: then the others have ended, too. */
const QUIET_MS = 15_000;

/**
 * Looks at a run's storage until it is done, whoever does it and wherever; no queue is asked. Ends without `run:done` when the run has
 * failed and nothing more comes. Errors: E_RUN_CANCELLED; the signal's reason; E_STORAGE… after ten minutes.
 */
export async function* watchStorage(
  first: Run,
  options: { readonly clock: Clock; readonly signal: AbortSignal; readonly pollMs?: number },
): AsyncGenerator<RunEvent> {
  const { clock, signal, pollMs = 1000 } = options;
  const seen = nothingSeen();
  const patience = new OutageLimit(clock);
  const events: RunEvent[] = [];
  const emit = (event: RunEvent) => void events.push(event);
  let run = first;
  let news = { committed: -1, atMs: clock.monotonicMs() };
  for (;;) {
    signal.throwIfAborted();
    try {
      run = await followNewest(run, { emit, signal });
      const success = await lookAtRun(run, seen, { emit, nowMs: clock.monotonicMs() });
      yield* events.splice(0);
      if (success !== undefined) {
        yield { type: 'run:done', verdict: success.verdict };
        return;
      }
      const committed = seen.commits.size + seen.projected.size;
      if (committed !== news.committed) news = { committed, atMs: clock.monotonicMs() };
      if (clock.monotonicMs() - news.atMs > QUIET_MS && (await hasFailed(run))) return;
      patience.reset();
    } catch (error) {
      if (!isPassing(error)) throw error;
      patience.spend(error);
    }
    await pause(pollMs, signal);
  }
}

async function hasFailed({ store, manifest }: Run): Promise<boolean> {
  return runState((await readStatus(store, manifest)).facts) === 'failed';
}
