/**
 * How often a failed attempt of a job is repeated, and when. Outages of storage, network and Redis use no
 * attempt: cluster/src/jobs/record-outcomes.ts.
 */
import { asVergerError, type ErrorCode, type VergerError } from '@verger/core';
import { type Job, recordFailure } from '@verger/run';
import type { StageContext } from './context.ts';

/** Tries of a job before it has failed for good (docs/architecture.md, Commit protocol). */
export const MAX_ATTEMPTS = 4;

/**
 * What follows from a failed attempt, here and in a cluster: an event, a log line and a record in
 * `failures/`. Gives the milliseconds until the next one; undefined when the job has failed for good: a
 * permanent error, or the last attempt.
 */
export async function recordAttempt(
  ctx: StageContext,
  job: Job,
  { attempt, error }: { readonly attempt: number; readonly error: VergerError },
): Promise<number | undefined> {
  const permanent = attempt >= MAX_ATTEMPTS || error.permanent;
  const { code, message: reason } = error;
  const path = error.place.path ?? null;
  const { stage, partition } = job;
  ctx.logger.warn({ stage, partition, attempt, code, path }, `attempt failed: ${reason}`);
  ctx.emit({ type: 'attempt:failed', stage, partition, attempt, code, reason, path });
  await recordFailure(ctx, job, { attempt, code, reason, path, permanent });
  return permanent ? undefined : backOffMs(code, attempt);
}

/**
 * Runs a job up to MAX_ATTEMPTS times with the pauses of `recordAttempt`. Throws what ended the last attempt.
 */
export async function withAttempts<T>(
  ctx: StageContext,
  job: Job,
  body: (attempt: { attempt: number; last: boolean }) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await body({ attempt, last: attempt >= MAX_ATTEMPTS });
    } catch (thrown) {
      ctx.signal.throwIfAborted();
      const error = asVergerError(thrown);
      const pauseMs = await recordAttempt(ctx, job, { attempt, error });
      if (pauseMs === undefined) throw error;
      if (pauseMs >= TOLD_PAUSE_MS) ctx.emit({ type: 'run:notice', text: pauseText(job, error, pauseMs) });
      await ctx.pause(pauseMs, ctx.signal);
    }
  }
}

/** Nobody is to wait for so long without knowing why. */
const TOLD_PAUSE_MS = 4000;

function pauseText({ stage, partition }: Job, { code, message }: VergerError, pauseMs: number): string {
  const what = partition === null ? stage : `${stage} of partition ${partition}`;
  return `${what} failed; retrying in ${Math.round(pauseMs / 1000)} s (${code}: ${message})`;
}

/**
 * What a device or a network may need to come back: 1, 5, 25 s. The other causes are the same a moment later.
 */
const SLOW_TO_HEAL: readonly ErrorCode[] = ['E_IMG_READ', 'E_STORAGE'];

/** The pause after a failed attempt, between half and one and a half times its middle. */
export function backOffMs(code: ErrorCode, attempt: number): number {
  const middle = SLOW_TO_HEAL.includes(code) ? 1000 * 5 ** (attempt - 1) : 100 * 2 ** (attempt - 1);
  return middle * (0.5 + Math.random());
}

/** Waits; an abort ends it with the signal's reason. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end);
  });
  signal.throwIfAborted();
}
