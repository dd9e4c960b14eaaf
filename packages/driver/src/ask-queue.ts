import type { QueueSeen } from '@verger/cluster';
import { asVergerError, type ErrorCode, type OperationalOptions } from '@verger/core';
import type { JobQueue } from '@verger/queue';
import type { Driver } from './driver.ts';
import { workerName } from './worker-names.ts';

/** What a queue says of itself: who is there, or with which error its server answers. */
export interface QueueState {
  /** URL without secrets, and prefix. */
  readonly queue: string;
  readonly seen?: QueueSeen;
  readonly error?: { readonly code: ErrorCode; readonly message: string };
}

/** What names a queue. */
export type QueueOptions = Pick<OperationalOptions, 'redis' | 'queuePrefix' | 'workerName'>;

/**
 * Asks an open queue; `run`: the location of a run, of whose troubles alone it is told. What a server refuses
 * with is a value, not thrown.
 */
export async function askQueue(
  name: string,
  queue: Pick<JobQueue, 'alive' | 'counts'>,
  run?: string,
): Promise<QueueState> {
  const { lookAtQueue } = await import('@verger/cluster');
  try {
    return { queue: name, seen: await lookAtQueue(queue, run) };
  } catch (thrown) {
    const { code, message } = asVergerError(thrown);
    return { queue: name, error: { code, message } };
  }
}

/** A queue that is asked now and then over one connection, which is opened again after it failed. */
export interface QueueProbe {
  /** Takes at most 10 s. What a server refuses with is a value, not thrown. Errors: E_CONFIG. */
  ask(): Promise<QueueState>;
  close(): Promise<void>;
}

/** The queue of these options, for one run or all; undefined when none is named. Errors: E_CONFIG. */
export async function openQueueProbe(
  { logger }: Pick<Driver, 'logger'>,
  options: QueueOptions,
  run?: string,
): Promise<QueueProbe | undefined> {
  const { redis: url, queuePrefix: prefix } = options;
  if (url === null) return undefined;
  const { openQueue, readRedisUrl } = await import('@verger/queue');
  const name = `${readRedisUrl(url).location} ${prefix}`;
  let open: JobQueue | undefined;
  const close = async () => {
    const queue = open;
    open = undefined;
    await queue?.close();
  };
  return {
    ask: async () => {
      try {
        open ??= await openQueue({ url, prefix, logger, name: workerName(options), role: 'coordinator' });
      } catch (thrown) {
        const { code, message } = asVergerError(thrown);
        if (code === 'E_CONFIG') throw thrown;
        return { queue: name, error: { code, message } };
      }
      const state = await askQueue(name, open, run);
      if (state.error !== undefined) await close();
      return state;
    },
    close,
  };
}

/** Asks the queue of these options once; undefined when none is named. Errors: E_CONFIG. */
export async function readQueueState(
  driver: Pick<Driver, 'logger'>,
  options: QueueOptions,
): Promise<QueueState | undefined> {
  const probe = await openQueueProbe(driver, options);
  try {
    return await probe?.ask();
  } finally {
    await probe?.close();
  }
}

/** Why the jobs of a queue may be left, in one line; empty when somebody does them. */
export function whyIdle({ seen, error }: QueueState): string {
  return seen === undefined ? `${error?.code}: ${error?.message}` : seen.idle.join('; ');
}
