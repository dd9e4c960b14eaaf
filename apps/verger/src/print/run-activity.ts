import { hostname } from 'node:os';
import { DEFAULT_QUEUE_PREFIX, type Epoch, printable, RUN_NAME, type RunState } from '@verger/core';
import type { CommandInput } from '../cli/command.ts';
import { programName } from './program-name.ts';
import { shellQuote } from './text.ts';

/** What can be said from here of the process that works, or worked, on an epoch. */
export type Activity = 'alive' | 'gone' | 'elsewhere';

/**
 * `alive` when the process of that epoch runs on this host, `gone` when it does not, `elsewhere` when it was
 * another host's, or workers do it.
 */
export function activityOf({ by: { host, pid }, queue }: Pick<Epoch, 'by' | 'queue'>): Activity {
  if (queue !== undefined || host !== hostname()) return 'elsewhere';
  try {
    process.kill(pid, 0);
    return 'alive';
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ESRCH' ? 'gone' : 'alive';
  }
}

/**
 * A run's state for a person. Storage cannot tell a run that runs from one that was killed; its process can,
 * on its own host.
 */
export function stateWords(
  state: RunState,
  {
    epoch,
    verdict,
  }: { epoch: Pick<Epoch, 'by' | 'queue'> | undefined; verdict: 'ok' | 'too-many-bad' | null },
): string {
  if (state === 'done') return verdict === 'too-many-bad' ? 'done, too many bad images' : 'done';
  if (state !== 'running') return state;
  if (epoch?.queue !== undefined) return 'running on workers, or waiting for them';
  const activity = epoch === undefined ? 'gone' : activityOf(epoch);
  return { alive: 'running', gone: 'interrupted', elsewhere: 'running, or interrupted' }[activity];
}

/**
 * A queue as an epoch names it. Anything else there was not written by verger, and is not to be
 * pasted into a shell.
 */
const REDIS_URL = /^rediss?:\/\/[\w.:@%[\]/?=&-]+$/;

/**
 * The command that goes on with a run: on the same queue where its newest epoch was for workers. Passwords
 * are not in an epoch, nor here. Printable: who can write the storage can write an epoch.
 */
export function resumeCommand(
  location: string,
  epoch: Pick<Epoch, 'queue'> | undefined,
  flags: CommandInput['flags'] = {},
): string {
  const [url = '', prefix] = epoch?.queue?.split(' ') ?? [];
  const redis = REDIS_URL.test(url) && (prefix === undefined || RUN_NAME.test(prefix)) ? url : undefined;
  const on = [
    ...(redis === undefined ? [] : ['--redis', redis]),
    ...(redis === undefined || prefix === undefined || prefix === DEFAULT_QUEUE_PREFIX
      ? []
      : ['--queue-prefix', prefix]),
  ];
  return printable(
    [programName(), 'resume', ...[location, ...on, ...storageFlags(flags)].map(shellQuote)].join(' '),
  );
}

/**
 * How the store was named on the command line: the next command needs the same. What variables say is still
 * said then.
 */
export function storageFlags({ s3Endpoint, s3PathStyle, s3RequesterPays }: CommandInput['flags']): string[] {
  return [
    ...(typeof s3Endpoint === 'string' ? ['--s3-endpoint', s3Endpoint] : []),
    ...(s3PathStyle === true ? ['--s3-path-style'] : []),
    ...(s3RequesterPays === true ? ['--s3-requester-pays'] : []),
  ];
}

/** The queue as it was named on the command line; nothing of a URL that may hold a password. */
export function queueFlags({ redis, queuePrefix }: CommandInput['flags']): string[] {
  return [
    ...(typeof redis === 'string' && REDIS_URL.test(redis) && !redis.includes('@') ? ['--redis', redis] : []),
    ...(typeof queuePrefix === 'string' ? ['--queue-prefix', queuePrefix] : []),
  ];
}
