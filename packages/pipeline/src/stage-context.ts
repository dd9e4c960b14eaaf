import type { Clock, Logger, Run, RunEvent, RunLayout, WorkerRef } from '@verger/core';
import type { Budget } from './bounded.ts';
import type { Children } from './children.ts';

/** What every stage function is given: the run, where work is done, and who is told. */
export interface StageContext {
  readonly run: Run;
  readonly layout: RunLayout;
  readonly children: Children;
  readonly worker: WorkerRef;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  /** Bytes of images that are read and not yet answered for. */
  readonly imageBytes: Budget;
  /** One turn: the partition that may hand images to children. The next takes it while this one is committed. */
  readonly turn: Budget;
  emit(event: RunEvent): void;
  /** Waits between two attempts; throws the signal's reason when it is aborted. */
  pause(ms: number, signal: AbortSignal): Promise<void>;
}

/** Images of one partition that are read or under way at once, for each child. */
export const IMAGES_AHEAD = 4;
/** Files of a run that are read at once. */
export const FILES_AT_ONCE = 8;
