import { asVergerError, ERRORS, type ErrorCode, type Logger, type VergerError } from '@verger/core';
import type { Outcome, TakenJob } from '@verger/queue';
import type { Job } from '@verger/run';
import { recordAttempt, type StageContext } from '@verger/stages';
import { MachineFaults } from '../service/machine-faults.ts';

/**
 * How often a job may come back to a process while its surroundings (storage, network) are down, before that
 * counts as a failed attempt.
 */
const MAX_SURROUNDINGS = 30;
const MAX_WAIT_MS = 60_000;
/** What another process may do is soon offered again. */
const OFFER_MS = 1000;

/** The codes that end a job without a fault: the epoch has nothing more to do. */
const OVER: readonly ErrorCode[] = ['E_RUN_CANCELLED', 'E_EPOCH_OVER'];

/** A thrown error as the reason that a queue keeps. */
export function failedReason({ code, message }: VergerError): string {
  return `${code}: ${message}`;
}

/** The code and the sentence of such a reason; E_JOB_LOST for what the queue itself wrote. */
export function parseReason(reason: string): { readonly code: string; readonly text: string } {
  const [, code, text] = /^(E_[A-Z0-9_]+): ([\s\S]*)$/.exec(reason) ?? [];
  return code === undefined || text === undefined ? { code: 'E_JOB_LOST', text: reason } : { code, text };
}

/**
 * The surroundings of a job, not the job: trying again needs no attempt. A child's death may well be the
 * job's.
 */
function isSurroundings({ code }: VergerError): boolean {
  return ERRORS[code].kind === 'task' && code !== 'E_CHILD_DIED';
}

/** True when the children could not be started, again and again: their pool does nothing more. */
export function isOverPool(thrown: unknown): boolean {
  return asVergerError(thrown).code === 'E_CHILD_START';
}

/** Waits of 1, 2, 4, … 60 s, jittered. */
function surroundingsWaitMs(times: number): number {
  return Math.min(MAX_WAIT_MS, 1000 * 2 ** Math.min(times - 1, 10)) * (0.5 + Math.random() / 2);
}

/**
 * What a queue is told about an error before the run could be opened, so that nothing can be written there:
 * what may heal is tried again with growing waits, what may be this process's own fault is left to others,
 * and what is the job's fails.
 */
export async function outcomeBeforeOpen(
  thrown: unknown,
  job: TakenJob,
  own: MachineFaults,
): Promise<Outcome> {
  if (job.signal.aborted) return { again: 0, reason: 'given back' };
  const error = asVergerError(thrown);
  if (OVER.includes(error.code)) return { done: true, note: error.code };
  const reason = failedReason(error);
  if (own.passes(error)) return { again: OFFER_MS, reason };
  if (!error.permanent) return { again: surroundingsWaitMs(own.count(job.id)), reason };
  if (MachineFaults.is(error) && !(await own.countsAgainstJob(job, error)))
    return { again: OFFER_MS, reason };
  return { failed: reason };
}

/** As `outcomeBeforeOpen`, and told in the log unless nothing is wrong. */
export async function reportToQueue(
  thrown: unknown,
  job: TakenJob,
  { own, logger }: { own: MachineFaults; logger: Logger },
): Promise<Outcome> {
  const outcome = await outcomeBeforeOpen(thrown, job, own);
  if (!('done' in outcome)) {
    const { code } = asVergerError(thrown);
    logger.warn(
      { jobId: job.id, runId: job.payload.runId, code, error: String(thrown) },
      'a job could not be started',
    );
  }
  return outcome;
}

/** One try of a job that did not end well. */
export interface FailedTry {
  readonly ctx: StageContext;
  readonly job: Job;
  readonly taken: TakenJob;
  /** Counted in storage, from 1. */
  readonly attempt: number;
  readonly own: MachineFaults;
}

/**
 * What becomes of a job whose try threw. A try that was ended from outside (cancelled, newer epoch, lock
 * lost, given back), one that the surroundings ended, and one that this process could not do use no attempt;
 * every other leaves a record in `failures/`, and the last of them is final.
 */
export async function outcomeOfFailure(
  thrown: unknown,
  { ctx, job, taken, attempt, own }: FailedTry,
): Promise<Outcome> {
  const error = asVergerError(thrown);
  if (OVER.includes(error.code)) return { done: true, note: error.code };
  if (taken.signal.aborted) return { again: 0, reason: 'given back' };
  const reason = failedReason(error);
  if (own.passes(error)) return { again: OFFER_MS, reason };
  if (isSurroundings(error)) {
    const times = own.count(taken.id);
    const waitMs = Math.round(surroundingsWaitMs(times));
    ctx.logger.warn({ ...job, code: error.code, times, waitMs }, `retrying later: ${error.message}`);
    if (times < MAX_SURROUNDINGS) return { again: waitMs, reason };
  }
  if (MachineFaults.is(error) && !(await own.countsAgainstJob(taken, error)))
    return { again: OFFER_MS, reason };
  const waitMs = await recordAttempt(ctx, job, { attempt, error });
  return waitMs === undefined ? { failed: reason } : { again: waitMs, reason };
}
