import {
  type CancelMark,
  cancelFile,
  cancelMarkSchema,
  type ErrorCode,
  epochOf,
  type Logger,
  type Manifest,
  RUN_FOLDERS,
  type RunState,
  type Storage,
  VergerError,
  type WorkerRef,
  withSelfHash,
} from '@verger/core';
import { newestEpoch, readEpoch } from './epochs.ts';
import { readFailures } from './failures.ts';
import { readFile, readRecord, recordBytes } from './records.ts';
import type { RunContext } from './run-context.ts';
import { type RunStatus, readStatus } from './status.ts';
import { readSuccess } from './success.ts';

/** What `cancelRun` found and did. */
export interface Cancelled {
  /**
   * The state before. `planned`, `failed`, `cancelled` and `done` runs have nothing to cancel. One that
   * workers do is not `failed` here but `running`: after a job of theirs has failed for good the others go
   * on.
   */
  readonly before: RunState;
  /** True when this call marked an epoch. */
  readonly marked: boolean;
  /** As it was after the mark. */
  readonly status: RunStatus;
}

/** Epochs that may begin while a run is being cancelled; each belongs to a submission that a mark ends. */
const MOST_NEWER = 100;

/**
 * Marks the newest epoch of a run that is not ended as cancelled, create-only, and any that begins meanwhile.
 * Whoever works on it looks for the mark every few seconds and stops; what is committed stays. Does nothing
 * to a run that has ended. Cost: two lists and a few small reads until the mark is there, however many
 * partitions; then that of `readStatus`.
 */
export async function markRunCancelled(
  store: Storage,
  manifest: Manifest,
  { by, at }: { by: WorkerRef; at: string },
): Promise<Cancelled> {
  const epoch = await newestEpoch(store);
  const before = await stateOf(store, epoch);
  const marked = before === 'running' && (await markFrom(store, epoch, { by, at }));
  return { before, marked, status: await readStatus(store, manifest) };
}

/** The state of a run whose newest epoch is known, without a look at its partitions. */
async function stateOf(store: Storage, epoch: number): Promise<RunState> {
  if ((await readSuccess(store)) !== undefined) return 'done';
  if (epoch === 0) return 'planned';
  if ((await readFile(store, cancelFile(epoch))) !== undefined) return 'cancelled';
  if (await mayHaveWorkers(store, epoch)) return 'running';
  return (await readFailures(store, epoch)).some(({ permanent }) => permanent) ? 'failed' : 'running';
}

/** True when a queue has the jobs of an epoch, or nobody can tell because its record is damaged. */
async function mayHaveWorkers(store: Storage, epoch: number): Promise<boolean> {
  try {
    return (await readEpoch(store, epoch))?.queue !== undefined;
  } catch (error) {
    if (error instanceof VergerError && error.code === 'E_RUN_CORRUPT') return true;
    throw error;
  }
}

/**
 * Marks an epoch, then each newer one: a coordinator that did not see the mark yet may have submitted the run
 * again. False when all were marked.
 */
async function markFrom(store: Storage, first: number, who: { by: WorkerRef; at: string }): Promise<boolean> {
  let marked = false;
  let newest = first;
  for (let epoch = first; epoch <= Math.min(newest, first + MOST_NEWER); epoch += 1) {
    marked = (await markCancelled(store, epoch, who)) || marked;
    if (epoch === newest) newest = await newestEpoch(store);
  }
  return marked;
}

/** Writes the mark of one epoch; false when it is there already. */
export async function markCancelled(
  store: Storage,
  epoch: number,
  { by, at }: { by: WorkerRef; at: string },
): Promise<boolean> {
  return (await store.create(cancelFile(epoch), recordBytes(withSelfHash({ by, at })))) === 'created';
}

/** Who cancelled an epoch and when; undefined when nobody did. Errors: E_RUN_CORRUPT. */
export async function readCancel(store: Storage, epoch: number): Promise<CancelMark | undefined> {
  return await readRecord(store, cancelFile(epoch), cancelMarkSchema);
}

const POLL_MS = 5000;

/**
 * `verger cancel` may come from another process, so its mark is looked for: that of this epoch, or of a newer
 * one, which ends the earlier ones, too. Cost: one list of a few names. Errors: E_RUN_CANCELLED when there is
 * one.
 */
export async function checkUncancelled({ run, signal }: Pick<RunContext, 'run' | 'signal'>): Promise<void> {
  signal.throwIfAborted();
  const { store, epoch } = run;
  for await (const { key } of store.list({ prefix: RUN_FOLDERS.control, signal })) {
    if ((epochOf(key) ?? 0) < epoch) continue;
    throw new VergerError('E_RUN_CANCELLED', { location: store.describe() });
  }
}

/**
 * Aborts with E_RUN_CANCELLED soon after the epoch is cancelled, also in the middle of a large partition.
 * Gives what ends the watch.
 */
export function watchCancel(
  ctx: Pick<RunContext, 'run' | 'signal' | 'logger'>,
  abort: AbortController,
  everyMs = POLL_MS,
): () => void {
  const look = async () => await checkUncancelled(ctx);
  return watchEpoch(look, { abort, everyMs, logger: ctx.logger });
}

const ENDS: readonly ErrorCode[] = ['E_RUN_CANCELLED', 'E_EPOCH_OVER'];

/** True for what ends the work on an epoch from outside: E_RUN_CANCELLED, E_EPOCH_OVER. */
export function isEpochEnd(error: unknown): error is VergerError {
  return error instanceof VergerError && ENDS.includes(error.code);
}

/**
 * Looks every so often whether an epoch still counts, and aborts with what `look` throws when it does not
 * (E_RUN_CANCELLED, E_EPOCH_OVER). A look that fails otherwise ends nothing: the next one is a few seconds
 * away. Gives what ends the watch.
 */
export function watchEpoch(
  look: () => Promise<void>,
  {
    abort,
    everyMs,
    logger,
  }: { readonly abort: AbortController; readonly everyMs: number; readonly logger?: Pick<Logger, 'debug'> },
): () => void {
  let timer: NodeJS.Timeout | undefined;
  let ended = false;
  const lookOnce = async () => {
    try {
      await look();
    } catch (error) {
      if (isEpochEnd(error)) abort.abort(error);
      else logger?.debug({ error: String(error) }, 'could not check whether the run is cancelled');
    }
    if (!ended && !abort.signal.aborted) again();
  };
  const again = () => {
    timer = setTimeout(() => void lookOnce(), everyMs);
  };
  again();
  return () => {
    ended = true;
    clearTimeout(timer);
  };
}
