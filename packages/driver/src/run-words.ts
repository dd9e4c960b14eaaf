/** What is said of a run in words, by the command line and by pages alike. */
import { hostname } from 'node:os';
import {
  DEFAULT_QUEUE_PREFIX,
  type Epoch,
  type Fingerprint,
  formatShare,
  type PcaOptions,
  printable,
  RUN_NAME,
  type RunState,
  shellQuote,
} from '@verger/core';

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
 * A queue as an epoch names it. What stands there otherwise was not written by verger, and is not to be
 * pasted into a shell.
 */
export const REDIS_URL = /^rediss?:\/\/[\w.:@%[\]/?=&-]+$/;

/**
 * True when two names of a queue (`redis://user@host:6379/0 prefix`, as epochs have them) mean the same one:
 * each role has a user of its own, so users are not compared.
 */
export function isSameQueue(one: string | undefined, other: string | undefined): boolean {
  return one !== undefined && other !== undefined && withoutUser(one) === withoutUser(other);
}

/** The name of a queue, `redis://host:6379 prefix`, without the Redis user: each role has one of its own. */
export function withoutUser(queue: string): string {
  const [url = '', prefix = DEFAULT_QUEUE_PREFIX] = queue.split(' ');
  if (!URL.canParse(url)) return queue;
  const { protocol, hostname, port, pathname } = new URL(url);
  return `${protocol}//${hostname}:${port || '6379'}/${pathname.slice(1) || '0'} ${prefix}`;
}

/** How a command is called: the program's name, and the flags that say how the store is reached. */
export interface CalledAs {
  readonly program: string;
  readonly storage: readonly string[];
}

/**
 * The command that goes on with a run: on the same queue where its newest epoch was for workers. Passwords
 * are not in an epoch, nor here. Printable: who can write the storage can write an epoch.
 */
export function resumeCommand(
  location: string,
  epoch: Pick<Epoch, 'queue'> | undefined,
  { program, storage }: CalledAs,
): string {
  const [url = '', prefix] = epoch?.queue?.split(' ') ?? [];
  const redis = REDIS_URL.test(url) && (prefix === undefined || RUN_NAME.test(prefix)) ? url : undefined;
  const on = [
    ...(redis === undefined ? [] : ['--redis', redis]),
    ...(redis === undefined || prefix === undefined || prefix === DEFAULT_QUEUE_PREFIX
      ? []
      : ['--queue-prefix', prefix]),
  ];
  return printable([program, 'resume', ...[location, ...on, ...storage].map(shellQuote)].join(' '));
}

const WEIGHTS_WORDS: Record<Fingerprint['weightsKind'], string> = {
  imagenet: "Keras's ImageNet weights",
  custom: 'custom weights',
  untrained: 'UNTRAINED weights: the numbers are meaningless',
};

/** The weights of a run, and its precision where that is not float32, for a person. */
export function networkWords({ weightsKind, precision }: Fingerprint): string {
  return `${WEIGHTS_WORDS[weightsKind]}${precision === undefined ? '' : `, ${precision}`}`;
}

/** What was asked of the fit, a phrase each. */
export function pcaWords({ variance, components, standardise, sparkCompatible }: PcaOptions): string[] {
  return [
    variance === null
      ? `${components} components requested`
      : `fewest components that keep ${formatShare(variance)}`,
    ...(standardise ? ['standardised'] : []),
    ...(sparkCompatible ? ['projection not centred, as in Spark'] : []),
  ];
}
