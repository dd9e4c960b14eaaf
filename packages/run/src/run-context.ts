import type { Clock, Logger, Run, RunLayout, Storage, WorkerRef } from '@verger/core';

/** A run that this process works on, and who writes its records. */
export interface RunContext {
  readonly run: Run;
  readonly layout: RunLayout;
  readonly worker: WorkerRef;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

const SMALL_FILES_AT_ONCE = 8;
const REMOTE_SMALL_FILES_AT_ONCE = 48;

/** How many small files of a run are read or removed concurrently. */
export function smallFilesAtOnce({ remote }: Pick<Storage, 'remote'>): number {
  return remote === true ? REMOTE_SMALL_FILES_AT_ONCE : SMALL_FILES_AT_ONCE;
}
