import { setMaxListeners } from 'node:events';
import type { Budget, Clock, Logger, RunEvent, WorkerRef } from '@verger/core';
import type { TakenJob } from '@verger/queue';
import { type Job, readFailuresOf } from '@verger/run';
import { pause, type StageContext, stageContext } from '@verger/stages';
import type { ReadyChildren } from '../worker/image-pools.ts';
import type { OpenRun } from './open-runs.ts';

/** What all jobs of a process share. */
export interface JobServices {
  readonly worker: WorkerRef;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Bytes of images in memory, over all jobs. */
  readonly imageBytes: Budget;
  /** The partition whose images are with the children, over all jobs. */
  readonly turn: Budget;
  emit(event: RunEvent): void;
}

/**
 * The stage context of one job: it ends when the job's lock is lost, when it is given back, and when its
 * epoch is over.
 */
export function jobContext(
  { worker, clock, logger, imageBytes, turn, emit }: JobServices,
  { run, signal, reuse }: OpenRun,
  { ready, taken }: { ready: ReadyChildren; taken: TakenJob },
): StageContext {
  const either = AbortSignal.any([signal, taken.signal]);
  setMaxListeners(0, either); // one listener for each image under way
  const own = { run, signal: either, emit };
  const context = stageContext({ children: ready.children, worker, clock, logger, pause }, own);
  return { ...context, imageBytes, turn, reuse };
}

/**
 * The number of this attempt, counted in storage: the failures that are written there, and one. A job that is
 * taken for the first time has none.
 */
export async function attemptOf(ctx: StageContext, job: Job, taken: TakenJob): Promise<number> {
  if (taken.started <= 1) return 1;
  const failures = await readFailuresOf(ctx, job);
  return failures.length + 1;
}
