import {
  type CancelMark,
  cancelFile,
  cancelMarkSchema,
  type Manifest,
  type RunState,
  runState,
  type Storage,
  sealRecord,
  type WorkerRef,
} from '@verger/core';
import { type RunStatus, readStatus } from './markers.ts';
import { readRecord, recordBytes } from './records.ts';

/** What `cancelRun` found and did. */
export interface Cancelled {
  /** The state before. `planned`, `failed`, `cancelled` and `done` runs have nothing to cancel. */
  readonly before: RunState;
  /** True when this call marked the newest epoch. */
  readonly marked: boolean;
  readonly status: RunStatus;
}

/**
 * Marks the newest epoch of a run that is not ended as cancelled, create-only. Whoever works on it looks for the mark every few
 * seconds and stops; what is committed stays. Does nothing to a run that has ended. Cost: that of `readStatus`.
 */
export async function cancelRun(
  store: Storage,
  manifest: Manifest,
  { by, at }: { by: WorkerRef; at: string },
): Promise<Cancelled> {
  const status = await readStatus(store, manifest);
  const before = runState(status.markers);
  if (before !== 'running') return { before, marked: false, status };
  const marked = await markCancelled(store, status.markers.epoch, { by, at });
  return { before, marked, status };
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
