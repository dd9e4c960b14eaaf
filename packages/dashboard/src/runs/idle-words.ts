import { formatDuration } from '@verger/core';
import { activityOf, isSameQueue } from '@verger/driver/runs';
import { timeWords } from '@verger/report';
import type { RunFacts } from '@verger/run-index';
import type { QueueFacts } from './queue-watch.ts';

/** Nothing for this long is worth a word, and for three times the longest partition. */
const QUIET_MS = 2 * 60_000;

/**
 * A queue that seems empty is not worth a word for so long: what it said may be older than the run's jobs.
 */
const EMPTY_MS = 15_000;

/** What the sentence about a server that does not answer begins with. */
export const AWAY_WORDS = 'Waiting for Redis';

/** What may keep a run from moving. */
export interface IdleFacts {
  readonly facts: RunFacts;
  /** The longest that a partition has taken, milliseconds. */
  readonly longestMs: number | undefined;
  readonly nowMs: number;
  /** What the queue of the dashboard said last; undefined where none is named. */
  readonly queue: QueueFacts | undefined;
}

/**
 * Why a run may not move, a sentence each; none where it moves, as far as can be told. A run on a queue that
 * is not the dashboard's is judged by its storage alone.
 */
export function idleWords(idle: IdleFacts): string[] {
  const { facts, queue } = idle;
  if (facts.state !== 'running') return [];
  const { epoch } = facts;
  if (epoch === undefined) return [];
  if (epoch.queue === undefined) return [...localWords(epoch), ...quietWords(idle)];
  const isOurs = queue !== undefined && isSameQueue(queue.state.queue, epoch.queue);
  return isOurs ? [...queueWords(queue, idle), ...quietWords(idle)] : quietWords(idle);
}

function localWords(epoch: NonNullable<RunFacts['epoch']>): string[] {
  if (activityOf(epoch) !== 'gone') return [];
  return [`The process that did this run (${epoch.by.pid} on ${epoch.by.host}) has ended.`];
}

function queueWords(
  { state, awaySince }: QueueFacts,
  { facts: { step, lastMs }, nowMs }: IdleFacts,
): string[] {
  const { seen, error } = state;
  if (seen === undefined) {
    return [`${AWAY_WORDS} since ${timeWords(awaySince ?? 'now')}: ${error?.code}: ${error?.message}`];
  }
  const needsReducer = step === 'reduce' || step === 'finish';
  const words: string[] = [];
  if (seen.workers === 0 && !needsReducer) words.push('No worker is alive: start `verger worker`.');
  if (seen.reducers === 0) {
    const when = needsReducer ? '' : ' The run will need one once its partitions are done.';
    words.push(`The reducer is not running: start \`verger reducer\`.${when}`);
  }
  words.push(...seen.troubles.map((trouble) => `The ${trouble}.`));
  const isQuiet = lastMs === undefined || nowMs - lastMs > EMPTY_MS;
  if (isQuiet && seen.waiting + seen.active + seen.delayed === 0) {
    words.push('The queue holds no job. If that lasts, resume the run: its jobs are submitted again.');
  }
  return words;
}

/** Nothing was written for long: from storage alone. */
function quietWords({ facts, longestMs = 0, nowMs }: IdleFacts): string[] {
  const { lastMs } = facts;
  if (lastMs === undefined || !(nowMs - lastMs > Math.max(QUIET_MS, 3 * longestMs))) return [];
  const what = facts.committed === 0 ? 'Nothing has been committed' : 'Nothing more has been committed';
  const since = `for ${formatDuration(nowMs - lastMs)}`;
  const step = facts.step === 'extract' ? what : `The run has not gone on (next step: ${facts.step})`;
  return [`${step} ${since}.`];
}
