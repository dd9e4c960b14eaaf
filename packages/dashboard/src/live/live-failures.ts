import type { Failure } from '@verger/core';
import type { LiveAttempt, LiveFailures } from '@verger/report';
import type { RunRecords } from '@verger/run-index';
import { nextWhileTried } from '../runs/error-words.ts';
import type { WorkerPlaces } from './worker-context.ts';

/** Attempts that a page is told of: the newest. */
const MOST_ATTEMPTS = 300;
const MOST_PARTITIONS = 20;
/** Letters of a reason: it may hold what a store said. */
const MOST_LETTERS = 1_000;

const clipped = (text: string) => (text.length > MOST_LETTERS ? `${text.slice(0, MOST_LETTERS)}…` : text);
const clippedPath = (path: string | null) => (path === null ? null : clipped(path));
const timeOf = ({ at }: Failure) => Date.parse(at) || 0;

/** Failed attempts of the newest epoch by code, the most frequent first. */
export function failureGroups({ failures }: Pick<RunRecords, 'failures'>): LiveFailures[] {
  const groups = new Map<string, Failure[]>();
  for (const failure of failures.values()) {
    const group = groups.get(failure.code);
    if (group === undefined) groups.set(failure.code, [failure]);
    else group.push(failure);
  }
  return [...groups].map(([code, all]) => groupOf(code, all)).sort((a, b) => b.attempts - a.attempts);
}

function groupOf(code: string, all: readonly Failure[]): LiveFailures {
  const last = all.reduce((newest, one) => (timeOf(one) >= timeOf(newest) ? one : newest));
  const partitions = [...new Set(all.flatMap(({ partition }) => partition ?? []))].sort((a, b) => a - b);
  const shown = partitions.slice(0, MOST_PARTITIONS);
  return {
    ...{ code, attempts: all.length, partitions: shown, more: partitions.length - shown.length },
    ...{
      reason: clipped(last.reason),
      path: clippedPath(last.path),
      next: nextWhileTried(code) ?? clipped(last.next),
    },
    isFinal: all.some(({ permanent }) => permanent),
    ...{ lastMs: timeOf(last), worker: `${last.worker.name} on ${last.worker.host}` },
  };
}

/** The newest failed attempts at partitions, the oldest first. */
export function attemptsOf({ failures }: Pick<RunRecords, 'failures'>, places: WorkerPlaces): LiveAttempt[] {
  const all = [...failures.values()].sort((a, b) => timeOf(a) - timeOf(b)).slice(-MOST_ATTEMPTS);
  return all.flatMap((failure) => {
    const { partition, attempt, code, reason, path, next, permanent, worker } = failure;
    if (partition === null) return [];
    return [
      {
        ...{
          partition,
          attempt,
          code,
          reason: clipped(reason),
          path: clippedPath(path),
          next: nextWhileTried(code) ?? clipped(next),
        },
        ...{ permanent, worker: places.of(worker), atMs: timeOf(failure) },
      },
    ];
  });
}
