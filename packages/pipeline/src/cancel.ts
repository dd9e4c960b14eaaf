import {
  type CancelMark,
  cancelFile,
  cancelMarkSchema,
  epochFile,
  epochSchema,
  type Manifest,
  type RunState,
  type Storage,
  sealRecord,
  VergerError,
  type WorkerRef,
} from '@verger/core';
import { readFailures } from './failures.ts';
import { type RunStatus, readStatus } from './markers.ts';
import { newestEpoch } from './newest-epoch.ts';
import { readFile, readRecord, recordBytes } from './records.ts';
import { readSuccess } from './submit.ts';

/** What `cancelRun` found and did. */
export interface Cancelled {
  /**
   * The state before. `planned`, `failed`, `cancelled` and `done` runs have nothing to cancel. One that workers do is not `failed` here but
   * `running`: after a job of theirs has failed for good the others go on.
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
 * Marks the newest epoch of a run that is not ended as cancelled, create-only, and any that begins meanwhile. Whoever works on it looks
 * for the mark every few seconds and stops; what is committed stays. Does nothing to a run that has ended. Cost: two lists and a few
 * small reads until the mark is there, however many partitions; then that of `readStatus`.
 */
export async function cancelRun(
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
    return (await readRecord(store, epochFile(epoch), epochSchema))?.queue !== undefined;
  } catch (error) {
    if (error instanceof VergerError && error.code === 'E_RUN_CORRUPT') return true;
    throw error;
  }
}

/** Marks an epoch, then each newer one: a coordinator that did not see the mark yet may have submitted the run again. False when all were marked. */
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
  return (await store.create(cancelFile(epoch), recordBytes(sealRecord({ by, at })))) === 'created';
}

/** Who cancelled an epoch and when; undefined when nobody did. Errors: E_RUN_CORRUPT. */
export async function readCancel(store: Storage, epoch: number): Promise<CancelMark | undefined> {
  return await readRecord(store, cancelFile(epoch), cancelMarkSchema);
}
