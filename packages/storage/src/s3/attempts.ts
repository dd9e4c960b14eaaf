import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { ErrorCode, ErrorPlace } from '@verger/core';
import type { S3Connection, S3Loaded } from './connection.ts';
import { faultOf, type S3Fault } from './faults.ts';
import type { Wait } from './waits.ts';

/** One thing asked of S3. */
export interface S3Call {
  /** S3's own word for it, for error messages. */
  readonly operation: string;
  readonly place: ErrorPlace;
  /** Bytes of its body, in either direction. */
  readonly bytes: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * What one attempt is given: `earlier` is true when an attempt before it may have been carried out, though no
 * answer came.
 */
export interface S3Attempt extends S3Loaded {
  readonly abortSignal: AbortSignal;
  readonly earlier: boolean;
}

/** Also when the time was spent waiting for others' requests. */
const FEWEST_ATTEMPTS = 3;

/** A mebibyte of a body gets so much longer. */
const MS_PER_BYTE = 1000 / (1024 * 1024);

/**
 * Makes attempts (request and whole body) until one succeeds, what is wrong cannot heal, or the time is over.
 * Waits are random up to a bound that doubles (full jitter). Between attempts nothing is held. Errors: those
 * of `faultOf`; the signal's reason.
 */
export async function withS3Attempts<T>(
  connection: S3Connection,
  call: S3Call,
  attempt: (on: S3Attempt) => Promise<T>,
): Promise<T> {
  // Many calls wait on the signal of one command.
  if (call.signal !== undefined) setMaxListeners(0, call.signal);
  const wait = connection.waits.begin(call.operation, call.place);
  try {
    return await attempts(connection, call, { attempt, wait });
  } finally {
    connection.waits.end(wait);
  }
}

async function attempts<T>(
  connection: S3Connection,
  call: S3Call,
  { attempt, wait }: { attempt: (on: S3Attempt) => Promise<T>; wait: Wait },
): Promise<T> {
  const loaded = await connection.load();
  const { limiter, tuning } = connection;
  let startedMs: number | undefined;
  let mended: ErrorCode | undefined;
  for (let number = 0; ; number += 1) {
    const release = await limiter.take(call.bytes, call.signal);
    startedMs ??= performance.now();
    const { changes } = loaded.credentials;
    let fault: S3Fault;
    try {
      const earlier = number > 0;
      const result = await timed(call, tuning.attemptMs, (abortSignal) =>
        attempt({ ...loaded, abortSignal, earlier }),
      );
      limiter.succeeded();
      connection.waits.served();
      connection.answered = true;
      connection.served = true;
      return result;
    } catch (error) {
      call.signal?.throwIfAborted();
      release(); // credentials may be waited for
      fault = await judged(connection, loaded, { call, error, changes, mended });
    } finally {
      release();
    }
    if (fault.answered) connection.answered = true;
    if (fault.slow) limiter.slowed();
    const spentMs = performance.now() - startedMs;
    const budgetMs = connection.answered ? tuning.budgetMs : tuning.unreachableMs;
    const tired =
      fault.again === 'once' ? mended !== undefined : spentMs >= budgetMs && number + 1 >= FEWEST_ATTEMPTS;
    if (fault.again === 'no' || tired) throw fault.error;
    if (fault.again === 'once') mended = fault.error.code;
    wait.newest = fault.error;
    wait.untilMs = startedMs + budgetMs;
    const boundMs = Math.min(tuning.longestBackoffMs, tuning.backoffMs * 2 ** Math.min(number, 20));
    const waitMs = Math.min(Math.random() * boundMs * (fault.slow ? 2 : 1), budgetMs - spentMs);
    const { signal } = call;
    await delay(Math.max(1, waitMs), undefined, { signal }).catch(() => signal?.throwIfAborted());
  }
}

/**
 * Runs one attempt under its deadline, and the caller's signal. It ends with them whatever it waits for: the
 * SDK asks for credentials without a signal.
 */
async function timed<T>(
  { bytes, signal }: S3Call,
  attemptMs: number,
  attempt: (abortSignal: AbortSignal) => Promise<T>,
): Promise<T> {
  const abort = new AbortController();
  const late = () =>
    abort.abort(Object.assign(new Error('the attempt took too long'), { name: 'TimeoutError' }));
  const timer = setTimeout(late, attemptMs + bytes * MS_PER_BYTE);
  const stop = () => abort.abort(signal?.reason);
  signal?.addEventListener('abort', stop);
  const ended = new Promise<never>((_, reject) => {
    // What listens to the signal ends first, with its own words.
    abort.signal.addEventListener('abort', () => setImmediate(reject, abort.signal.reason));
  });
  try {
    return await Promise.race([attempt(abort.signal), ended]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', stop);
  }
}

/**
 * The fault of an attempt. Where the credentials are refused and there are others by now, another attempt is
 * made with those; credentials that expired are waited for once, when they were good before.
 */
async function judged(
  { tuning, served }: S3Connection,
  { client, credentials }: S3Loaded,
  {
    call,
    error,
    changes,
    mended,
  }: { call: S3Call; error: unknown; changes: number; mended: ErrorCode | undefined },
): Promise<S3Fault> {
  const region = await client.config.region().catch(() => 'none');
  const fault = faultOf(error, call.place, { operation: call.operation, region });
  const { code } = fault.error;
  const refused = code === 'E_S3_EXPIRED' || (code === 'E_S3_CREDENTIALS' && fault.answered);
  if (!refused) return fault;
  if (mended === 'E_S3_EXPIRED') return credentials.changes === changes ? fault : { ...fault, again: 'yes' };
  const forMs = code === 'E_S3_EXPIRED' && served ? tuning.renewMs : 0;
  return (await credentials.renew(changes, forMs, call.signal)) ? { ...fault, again: 'yes' } : fault;
}
