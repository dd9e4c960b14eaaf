import type { QueueSeen } from '@verger/cluster';
import { asVergerError, type ErrorCode, printable } from '@verger/core';
import { readConfigFile, resolveConfig } from '@verger/runtime';
import type { CommandInput } from './cli/command.ts';
import { workerName } from './cluster.ts';
import { counted } from './print/text.ts';

/** What a queue says of itself: who is there, or with which error its server answers. */
export interface QueueStatus {
  /** URL without secrets, and prefix. */
  readonly queue: string;
  readonly seen?: QueueSeen;
  readonly error?: { readonly code: ErrorCode; readonly message: string };
}

/**
 * Asks the queue that --redis names, at most 10 s; undefined when none is named. A server that refuses is
 * told of, not thrown. Errors: E_CONFIG.
 */
export async function askQueue(input: CommandInput): Promise<QueueStatus | undefined> {
  const { flags, env, cwd, logger } = input;
  const { operational } = resolveConfig({ flags, env, file: await readConfigFile(cwd) });
  const { redis: url, queuePrefix: prefix } = operational;
  if (url === null) return undefined;
  const { lookAtQueue } = await import('@verger/cluster');
  const { openQueue, readRedisUrl } = await import('@verger/queue');
  const name = `${readRedisUrl(url).location} ${prefix}`;
  try {
    const options = { url, prefix, logger, name: workerName(operational), role: 'coordinator' } as const;
    const queue = await openQueue(options);
    try {
      return { queue: name, seen: await lookAtQueue(queue) };
    } finally {
      await queue.close();
    }
  } catch (thrown) {
    const { code, message } = asVergerError(thrown);
    if (code === 'E_CONFIG') throw thrown;
    return { queue: name, error: { code, message } };
  }
}

/** The lines of `verger status` about a queue. */
export function queueLines({ queue, seen, error }: QueueStatus): string[] {
  const first = (text: string) => `  queue       ${printable(`${queue}: ${text}`)}`;
  if (seen === undefined) return [first(`${error?.code}: ${error?.message}`)];
  const who = `${counted(seen.workers, 'worker')}, ${counted(seen.reducers, 'reducer')}`;
  const jobs = `of all runs ${counted(seen.waiting + seen.delayed, 'job')} waiting, ${seen.active} under way`;
  return [first(`${who}; ${jobs}`), ...seen.idle.map((text) => `              ${printable(text)}`)];
}

/** Why the jobs of a queue may be left, in one line; empty when somebody does them. */
export function whyIdle({ seen, error }: QueueStatus): string {
  return seen === undefined ? `${error?.code}: ${error?.message}` : seen.idle.join('; ');
}
