import {
  asVergerError,
  ERRORS,
  type Failure,
  failureFile,
  failurePrefix,
  failureSchema,
  isFailureOf,
  mapBounded,
  RUN_FOLDERS,
  type Stage,
  type Storage,
  sha256,
  VergerError,
  withSelfHash,
} from '@verger/core';
import { readRecord, recordBytes } from './records.ts';
import { type RunContext, smallFilesAtOnce } from './run-context.ts';

/** A unit of work of a run: one partition's, or (null) the whole run's. */
export interface Job {
  readonly stage: Stage;
  readonly partition: number | null;
}

/** How one attempt of a job ended. `permanent`: no further attempt will be made. */
export type FailedAttempt = Pick<Failure, 'attempt' | 'code' | 'reason' | 'path' | 'permanent'>;

/**
 * Writes why an attempt failed: the trace that a queue does not keep. A storage that refuses it is logged,
 * not thrown: the first error is the one to show.
 */
export async function recordFailure(
  ctx: Pick<RunContext, 'run' | 'layout' | 'worker' | 'clock' | 'logger'>,
  { stage, partition }: Job,
  failed: FailedAttempt,
): Promise<void> {
  const { epoch, store } = ctx.run;
  const at = ctx.clock.now();
  const next = (ERRORS as Record<string, { next: string }>)[failed.code]?.next ?? '';
  const record: Failure = withSelfHash({
    format: 'verger-failure-1' as const,
    kind: stage,
    partition,
    epoch,
    ...failed,
    next,
    worker: ctx.worker,
    at,
  });
  const id = sha256(`${ctx.worker.host} ${ctx.worker.pid} ${at}`).slice(0, 8);
  const file = failureFile({ kind: stage, part: partition, epoch }, failed.attempt, {
    digits: ctx.layout.digits,
    id,
  });
  try {
    await store.create(file, recordBytes(record));
  } catch (error) {
    ctx.logger.warn({ file, error: asVergerError(error).message }, 'the failure could not be recorded');
  }
}

/**
 * What every attempt of a job in this epoch failed of, as storage knows it. Cost: one list and a small read
 * each, several at once.
 */
export async function readFailuresOf(
  { run, layout }: Pick<RunContext, 'run' | 'layout'>,
  { stage, partition }: Job,
): Promise<Failure[]> {
  const job = { kind: stage, part: partition, epoch: run.epoch };
  return await readFailuresUnder(run.store, failurePrefix(job, layout.digits));
}

/** Every failure of an epoch, the oldest first. Cost: one list and a small read each, several at once. */
export async function readFailures(store: Storage, epoch: number): Promise<Failure[]> {
  const failures = await readFailuresUnder(store, RUN_FOLDERS.failures, (key) => isFailureOf(key, epoch));
  return failures.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
}

/** The newest failures of a run, and how many older ones there are. */
export interface NewestFailures {
  readonly failures: readonly Failure[];
  readonly leftOut: number;
}

/**
 * The newest failures of all epochs, at most so many, those of the newest epochs and attempts first; damaged
 * records are passed over. Cost: one list and a small read each, several at once.
 */
export async function readNewestFailures(store: Storage, most: number): Promise<NewestFailures> {
  const named: { readonly key: string; readonly epoch: number; readonly attempt: number }[] = [];
  for await (const { key } of store.list({ prefix: RUN_FOLDERS.failures })) {
    // `part-00042-e0001-a02-….json`: who failed is of no weight, only when.
    const [, epoch = 0, attempt = 0] = /-e(\d{4,})-a(\d{2,})-/.exec(key) ?? [];
    named.push({ key, epoch: Number(epoch), attempt: Number(attempt) });
  }
  named.sort((a, b) => b.epoch - a.epoch || b.attempt - a.attempt);
  const keys = named.slice(0, most).map(({ key }) => key);
  const failures = await mapBounded(keys, smallFilesAtOnce(store), async (key) => {
    try {
      return await readRecord(store, key, failureSchema);
    } catch (error) {
      if (error instanceof VergerError && error.code === 'E_RUN_CORRUPT') return undefined;
      throw error;
    }
  });
  return {
    failures: failures.filter((failure) => failure !== undefined),
    leftOut: named.length - keys.length,
  };
}

async function readFailuresUnder(
  store: Storage,
  prefix: string,
  wanted: (key: string) => boolean = () => true,
): Promise<Failure[]> {
  const keys: string[] = [];
  for await (const { key } of store.list({ prefix })) if (wanted(key)) keys.push(key);
  const read = (key: string) => readRecord(store, key, failureSchema);
  const failures = await mapBounded(keys, smallFilesAtOnce(store), read);
  return failures.filter((failure) => failure !== undefined);
}
