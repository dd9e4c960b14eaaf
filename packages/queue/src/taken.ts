import type { Logger } from '@verger/core';
import { DelayedError, type Job, UnrecoverableError, WaitingChildrenError } from 'bullmq';
import { type Insisting, insist } from './insist.ts';
import { type QueueKey, queueOf } from './names.ts';
import { parsePayload } from './payload.ts';
import type { Outcome, TakenJob } from './types.ts';

const OTHER_PROTOCOL_MS = 30_000;
const NO_CHILDREN_MS = 2_000;
const THROWN_MS = 5_000;
const THROWN_MAX_MS = 60_000;

/**
 * Why a job's signal was aborted: `LockLost` (another process has the job) or `GiveBack` (this process ends).
 */
export class JobAborted extends Error {
  constructor(name: 'LockLost' | 'GiveBack', message: string) {
    super(message);
    this.name = name;
  }
}

/** A job that BullMQ has handed over, from then to its outcome. */
export interface Taken {
  readonly job: Job;
  readonly token: string;
  readonly controller: AbortController;
  /** Ends the wait for the handler: the job goes back. */
  giveBack(): void;
}

/** Asks the handler, unless the job is none for it. Gives, never throws, what becomes of the job. */
export async function outcomeOf(
  taken: Taken,
  context: { readonly queue: QueueKey; readonly logger: Logger; handle(job: TakenJob): Promise<Outcome> },
): Promise<Outcome> {
  const { job } = taken;
  const { logger } = context;
  const id = job.id ?? '';
  const read = parsePayload(job.data);
  if (!read.ok && read.code === 'E_JOB_PROTOCOL') {
    logger.warn(
      { jobId: id, code: read.code },
      `leaving a job to processes of another release: ${read.reason}`,
    );
    return { again: OTHER_PROTOCOL_MS, reason: read.reason };
  }
  if (!read.ok || queueOf(read.payload.kind) !== context.queue) {
    const reason = read.ok ? `a ${read.payload.kind} job in the queue of ${context.queue} jobs` : read.reason;
    logger.error({ jobId: id, code: 'E_JOB_PAYLOAD' }, `a job was not created by verger: ${reason}`);
    return { failed: `E_JOB_PAYLOAD: ${reason}` };
  }
  const { payload } = read;
  try {
    const started = job.attemptsStarted;
    return await context.handle({ id, payload, started, signal: taken.controller.signal });
  } catch (error) {
    const again = Math.min(THROWN_MAX_MS, THROWN_MS * Math.max(1, job.attemptsStarted));
    logger.error({ jobId: id, err: error }, 'a job ended with an unexpected error; it is retried');
    return { again, reason: error instanceof Error ? error.message : String(error) };
  }
}

/**
 * Tells BullMQ what becomes of the job: gives its value, or throws what BullMQ knows it by. It takes what a
 * move throws for a failure of the job, and would end the job for good: a move that is refused is tried
 * again.
 */
export async function settle(taken: Taken, outcome: Outcome, refusals: Insisting): Promise<string> {
  const { job, token } = taken;
  if ('done' in outcome) return outcome.note ?? '';
  if ('failed' in outcome) {
    const error = new UnrecoverableError(outcome.failed);
    delete error.stack; // paths of this machine, which BullMQ would store
    throw error;
  }
  const asked = { asker: 'give back', queue: job.queueName, signal: taken.controller.signal } as const;
  const move = <T>(question: () => Promise<T>) => insist(refusals, asked, question);
  if ('waitForChildren' in outcome) {
    if (await move(() => job.moveToWaitingChildren(token))) throw new WaitingChildrenError();
    await move(() => job.moveToDelayed(Date.now() + NO_CHILDREN_MS, token));
    throw new DelayedError();
  }
  await move(() => job.moveToDelayed(Date.now() + Math.max(0, outcome.again), token));
  throw new DelayedError();
}
