import type { JobKind, JobPayload, Priority } from './payload.ts';

/** The three queues, by the kinds of their jobs. */
export const QUEUES = {
  extract: 'verger-extract',
  project: 'verger-project',
  /** Kinds reduce and finish. */
  reduce: 'verger-reduce',
} as const;

/** A queue, by the key of `QUEUES`. */
export type QueueKey = keyof typeof QUEUES;

/** The queue that holds jobs of that kind. */
export function queueOf(kind: JobKind): QueueKey {
  return kind === 'finish' ? 'reduce' : kind;
}

/** BullMQ takes the lowest number first, and jobs without one before all others: every job has one. */
const PRIORITIES: Readonly<Record<Priority, number>> = { high: 10, normal: 20, low: 30 };

/**
 * BullMQ's number for a job: jobs of the whole run come a little before the partitions of runs of the same
 * priority.
 */
export function priorityOf({ kind, priority }: Pick<JobPayload, 'kind' | 'priority'>): number {
  return PRIORITIES[priority] - (queueOf(kind) === 'reduce' ? 1 : 0);
}

/** Every number that `priorityOf` gives. */
export const PRIORITY_NUMBERS: readonly number[] = (Object.keys(PRIORITIES) as Priority[]).flatMap(
  (priority) => (['reduce', 'extract'] as const).map((kind) => priorityOf({ kind, priority })),
);

/** Prefixes that BullMQ's keys can be read with: no ':' nor what a pattern of an ACL would take for more. */
export const PREFIX = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;
