/** What the live page says of partitions, in words. */
import { counted, formatCount, formatDuration, printable } from '@verger/core';
import {
  END_UNIT_MS,
  type LiveState,
  type LiveWorker,
  NO_WORKER,
  PARTITION_STATES,
  type PartitionState,
} from '../../data/live-data.ts';

/** A state, as the legend and the cells have it. */
export const STATE_WORDS: Readonly<Record<PartitionState, string>> = {
  waiting: 'waiting',
  running: 'running',
  retried: 'failed, retried',
  committed: 'committed',
  reused: 'reused',
  projected: 'projected',
  failed: 'failed',
  damaged: 'damaged',
};

/** The state of a partition. */
export function stateAt({ columns }: Pick<LiveState, 'columns'>, at: number): PartitionState {
  return PARTITION_STATES[columns.state[at] ?? 0] ?? 'waiting';
}

/** The worker of a partition; undefined where none is known. */
export function workerAt({ columns, facts }: LiveState, at: number): LiveWorker | undefined {
  const place = columns.worker[at] ?? NO_WORKER;
  return place === NO_WORKER ? undefined : facts.workers[place];
}

/** When a partition was committed, milliseconds since 1970; undefined before. */
export function committedMs({ columns, facts }: LiveState, at: number): number | undefined {
  const end = columns.end[at] ?? 0;
  return end === 0 ? undefined : facts.originMs + end * END_UNIT_MS;
}

/** The state of a partition in words: also whether who has it is silent. */
export function stateWordsAt(state: LiveState, at: number): string {
  return isSilentlyHeld(state, at) ? 'running, worker silent' : STATE_WORDS[stateAt(state, at)];
}

/** A partition in a few lines; the first one names it. Printable. */
export function cellLines(state: LiveState, at: number): string[] {
  const { columns } = state;
  const images = counted(columns.images[at] ?? 0, 'image');
  const bad = columns.quarantined[at] ?? 0;
  const attempts = columns.attempt[at] ?? 0;
  const worker = workerAt(state, at);
  const isCommitted = (columns.end[at] ?? 0) > 0;
  return [
    `Partition ${formatCount(at)}: ${stateWordsAt(state, at)}`,
    bad > 0 ? `${images}, ${formatCount(bad)} in quarantine` : images,
    ...(isCommitted ? [`took ${formatDuration(columns.wallMs[at] ?? 0)}`] : []),
    ...(attempts > 1 || (attempts > 0 && !isCommitted) ? [`${counted(attempts, 'attempt')}`] : []),
    ...(worker === undefined ? [] : [printable(worker.name)]),
  ];
}

/** How many partitions are in each state. Cost: a pass over them. */
export function countsByState({ columns }: Pick<LiveState, 'columns'>): number[] {
  const counts = new Array<number>(PARTITION_STATES.length).fill(0);
  for (const state of columns.state) counts[state] = (counts[state] ?? 0) + 1;
  return counts;
}

/** True for a partition whose job a worker has that is silent: where no other is alive, whoever has it is. */
export function isSilentlyHeld(state: LiveState, at: number): boolean {
  if (stateAt(state, at) !== 'running') return false;
  return workerAt(state, at)?.alive === false || state.facts.stalled === 'nobody';
}

/** How many partitions a worker has that is silent. Cost: a pass over them. */
export function silentlyHeld(state: LiveState): number {
  let count = 0;
  const { columns } = state;
  for (let at = 0; at < columns.state.length; at += 1) {
    if (isSilentlyHeld(state, at)) count += 1;
  }
  return count;
}

/** A time of day, as the rest of the page has it. */
export function clockTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(11, 19)} UTC`;
}

/** A time of day on an axis, without what says nothing; at midnight the date. */
export function shortTime(ms: number): string {
  const at = new Date(ms).toISOString();
  if (at.slice(11, 19) === '00:00:00') return at.slice(0, 10);
  return at.slice(17, 19) === '00' ? at.slice(11, 16) : at.slice(11, 19);
}

/** A date and time. */
export function dateTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 10)} ${clockTime(ms)}`;
}
