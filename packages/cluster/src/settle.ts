import { asVergerError, ERRORS, type ErrorCode, type VergerError } from '@verger/core';
import { backOffMs, type Job, MAX_ATTEMPTS, recordFailure, type StageContext } from '@verger/pipeline';
import type { Outcome, TakenJob } from '@verger/queue';

/** How often a job may be taken while its surroundings (storage, network) are down, before that counts as a failed attempt. */
const MAX_STARTS = 30;
const MAX_WAIT_MS = 60_000;

/** The codes that end a job without a fault: the epoch has nothing more to do. */
const OVER: readonly ErrorCode[] = ['E_RUN_CANCELLED', 'E_EPOCH_OVER'];

/** The fault of the machine that took the job: another one may do it. */
const MACHINE: readonly ErrorCode[] = [
  'E_CHILD_START',
  'E_NUMERIC_CLASS',
  'E_PLATFORM',
  'E_WEIGHTS_PROBE',
  'E_OUTPUT_FULL',
];

/** A thrown error as the reason that a queue keeps. */
export function failedReason({ code, message }: VergerError): string {
  return `${code}: ${message}`;
}

/** The code and the sentence of such a reason; E_JOB_LOST for what the queue itself wrote. */
export function parseReason(reason: string): { readonly code: string; readonly text: string } {
  const [, code, text] = /^(E_[A-Z_]+): ([\s\S]*)$/.exec(reason) ?? [];
  return code === undefined || text === undefined ? { code: 'E_JOB_LOST', text: reason } : { code, text };
}

/** The surroundings of a job, not the job: trying again needs no attempt. A child's death may well be the job's. */
function isSurroundings({ code }: VergerError): boolean {
  return ERRORS[code].kind === 'task' && code !== 'E_CHILD_DIED';
}

/** Waits of 1, 2, 4, … 60 s, jittered. */
function surroundingsWaitMs(started: number): number {
  return Math.min(MAX_WAIT_MS, 1000 * 2 ** Math.min(started - 1, 10)) * (0.5 + Math.random() / 2);
}

/**
 * What a queue is told of an error before the run could be opened, so that nothing can be written down there: what cannot heal fails,
 * all else is tried again with growing waits.
 */
export function settleUnopened(thrown: unknown, job: TakenJob): Outcome {
  if (job.signal.aborted) return { again: 0, reason: 'given back' };
  const error = asVergerError(thrown);
  if (OVER.includes(error.code)) return { done: true, note: error.code };
  const final = error.permanent && !MACHINE.includes(error.code);
  if (final || job.started >= MAX_STARTS) return { failed: failedReason(error) };
  return { again: surroundingsWaitMs(job.started), reason: failedReason(error) };
}

/** One try of a job that did not end well. */
export interface FailedTry {
  readonly ctx: StageContext;
  readonly job: Job;
  readonly taken: TakenJob;
  /** Counted in storage, from 1. */
  readonly attempt: number;
}

/**
 * What becomes of a job whose try threw. A try that was ended from outside (cancelled, newer epoch, lock lost, given back) and one that
 * the surroundings ended use no attempt; every other leaves a record in `failures/`, and the last of them is final.
 */
export async function settleFailed(
  thrown: unknown,
  { ctx, job, taken, attempt }: FailedTry,
): Promise<Outcome> {
  const error = asVergerError(thrown);
  if (OVER.includes(error.code)) return { done: true, note: error.code };
  if (taken.signal.aborted) return { again: 0, reason: 'given back' };
  if (isSurroundings(error) && taken.started < MAX_STARTS) {
    ctx.logger.warn({ ...job, code: error.code }, `tried again later: ${error.message}`);
    return { again: surroundingsWaitMs(taken.started), reason: failedReason(error) };
  }
  const permanent = attempt >= MAX_ATTEMPTS || error.permanent;
  const { code, message: reason } = error;
  const path = error.place.path ?? null;
  ctx.logger.warn({ ...job, attempt, code, path }, `attempt failed: ${reason}`);
  ctx.emit({ type: 'attempt:failed', ...job, attempt, code, reason, path });
  await recordFailure(ctx, job, { attempt, code, reason, path, permanent });
  if (permanent) return { failed: failedReason(error) };
  return { again: backOffMs(code, attempt), reason: failedReason(error) };
}
