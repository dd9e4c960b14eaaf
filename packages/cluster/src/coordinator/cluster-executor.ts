import {
  type Clock,
  counted,
  ERRORS,
  type ErrorCode,
  type Executor,
  type Failure,
  type Logger,
  type Run,
  type RunEvent,
  VergerError,
  type WorkerRef,
} from '@verger/core';
import type { JobQueue, Priority, RunRef } from '@verger/queue';
import { checkUncancelled, markCancelled, openEpoch, readEpoch, readSuccess } from '@verger/run';
import { parseReason } from '../jobs/record-outcomes.ts';
import { QueueWatch } from './queue-state.ts';
import { partitionsIn } from './run-progress.ts';
import { watchUntilDone } from './watch-storage.ts';

/** What a cluster executor works with. */
export interface ClusterExecutorOptions {
  /** Owned by the caller, who closes it after the executor. */
  readonly queue: JobQueue;
  readonly priority: Priority;
  readonly worker: WorkerRef;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Milliseconds between two looks at the storage. Default: 1,000. */
  readonly pollMs?: number;
  /** Milliseconds between two looks at the queue. Default: 3,000. */
  readonly queuePollMs?: number;
}

/**
 * Runs the stages on the workers and reducers of a queue. Storage decides what is done; the queue only
 * whether somebody still has it.
 */
export function createClusterExecutor(options: ClusterExecutorOptions): Executor {
  const ending = new AbortController();
  /** Runs that had nothing to do when they were submitted, by location. */
  const finished = new Map<string, 'ok' | 'too-many-bad'>();
  return {
    submit: async (run) => {
      const location = run.store.describe();
      if (ending.signal.aborted) throw new VergerError('E_INTERRUPTED', { location });
      const success = await readSuccess(run.store);
      if (success !== undefined) finished.set(location, success.verdict);
      else {
        finished.delete(location);
        // The queue keeps jobs that have ended. Of a run that was deleted and made again it knows this
        // epoch's: it would do nothing.
        const { reduce } = await options.queue.jobStates(refOf(run, options.priority));
        if (reduce === 'completed' || reduce === 'failed')
          await renew(options, run, { committed: 0, signal: ending.signal });
        else await submitRun(options, run);
      }
    },
    async *watch(run) {
      const verdict = finished.get(run.store.describe());
      if (verdict !== undefined) yield { type: 'run:done', verdict };
      else yield* watchRun(options, run, ending.signal);
    },
    cancel: async ({ store, epoch }) => {
      await markCancelled(store, epoch, { by: options.worker, at: options.clock.now() });
    },
    close: async () => ending.abort(new VergerError('E_INTERRUPTED')),
  };
}

function refOf({ manifest, store, epoch }: Run, priority: Priority): RunRef {
  return { location: store.describe(), runId: manifest.runId, epoch, priority };
}

/** Adds the jobs of all partitions that have no commit, and their reduce job. */
async function submitRun({ queue, priority }: ClusterExecutorOptions, run: Run): Promise<void> {
  const committed = new Set(await partitionsIn(run, 'commit'));
  const missing = [...run.manifest.partitions.keys()].filter((partition) => !committed.has(partition));
  await queue.submit(refOf(run, priority), 'extract', missing);
}

/**
 * Looks at storage and queue until the run is done. A run that nobody has any more (the queue was flushed) is
 * submitted in a new epoch.
 */
function watchRun(
  options: ClusterExecutorOptions,
  submitted: Run,
  signal: AbortSignal,
): AsyncGenerator<RunEvent> {
  const { clock, pollMs, priority } = options;
  let queueWatch: QueueWatch | undefined;
  return watchUntilDone(submitted, { clock, pollMs, signal }, async (run, { seen, emit }) => {
    queueWatch ??= new QueueWatch(options, emit);
    const ref = refOf(run, priority);
    const standing = await queueWatch.look(ref);
    if (standing === 'under way') return run;
    if (standing === 'ended') await refuseFailed(options, ref, [...seen.failures.values()]);
    const again = await renew(options, run, { committed: seen.commits.size, signal });
    queueWatch.reset();
    if (again === undefined) return run;
    const text = `the queue lost the run; it was submitted again in epoch ${again.epoch}`;
    emit({ type: 'run:notice', text });
    return again;
  });
}

/**
 * Throws what ended the run: the first permanent failure of its epoch, or the queue's reason. Returns when
 * nothing did.
 */
async function refuseFailed(
  { queue }: ClusterExecutorOptions,
  ref: RunRef,
  failures: readonly Failure[],
): Promise<void> {
  const ended = failures.filter(({ permanent, epoch }) => permanent && epoch === ref.epoch);
  const [first] = ended;
  if (first !== undefined) {
    const { code, reason, partition, path } = first;
    const more = ended.length > 1 ? ` ${counted(ended.length - 1, 'more job')} failed.` : '';
    throw failedError(code, `${reason}${more}`, {
      ...(partition === null ? {} : { partition }),
      ...(path === null ? {} : { path }),
      location: ref.location,
    });
  }
  for (const kind of ['reduce', 'finish'] as const) {
    const reason = await queue.failedReason(ref, kind, null);
    if (reason === undefined) continue;
    const { code, text } = parseReason(reason);
    throw failedError(code, text, { location: ref.location });
  }
}

function failedError(code: string, reason: string, place: VergerError['place']): VergerError {
  const known = Object.hasOwn(ERRORS, code) ? (code as ErrorCode) : 'E_RUN_FAILED';
  const { what } = ERRORS[known];
  const detail = reason.startsWith(what) ? reason.slice(what.length).trim() : reason;
  return new VergerError(known, place, detail === '' ? {} : { detail });
}

/** The run in a new epoch, as the newest one asked for it, submitted. */
async function renew(
  options: ClusterExecutorOptions,
  run: Run,
  { committed, signal }: { committed: number; signal: AbortSignal },
): Promise<Run | undefined> {
  const record = await readEpoch(run.store);
  if (record === undefined) return undefined;
  // Somebody else was quicker: that epoch is looked at first.
  if (record.epoch > run.epoch) return undefined;
  const { finish, reuse, queue, strict, deadline } = record;
  const epoch = await openEpoch(run.store, {
    cause: 'resume',
    ...{ finish, reuse, queue, strict, deadline },
    by: options.worker,
    at: options.clock.now(),
  });
  options.logger.warn({ epoch: epoch.epoch, committed }, 'the queue lost the run; it was submitted again');
  const renewed = { ...run, epoch: epoch.epoch };
  try {
    await checkUncancelled({ run, signal });
  } catch (error) {
    // Cancelled meanwhile: that mark is for the epoch before.
    await markCancelled(run.store, epoch.epoch, { by: options.worker, at: options.clock.now() });
    throw error;
  }
  await submitRun(options, renewed);
  return renewed;
}
