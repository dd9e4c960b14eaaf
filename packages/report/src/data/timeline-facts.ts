/** What a timeline says of a run: partitions that took long, and time that failed attempts took. */
import type { Timeline } from '@verger/core';
import type { ReportFacts, Straggler } from './report-data.ts';

/** A partition is slow from twice the median on, and from a second over what the median would take. */
const SLOW_RATIO = 2;
const SLOW_MS = 1000;
const MOST_STRAGGLERS = 20;

/**
 * Partitions that took much longer per image than the median one, those that took most time over it first.
 * Images that were taken from another run are not counted, nor partitions of nothing else.
 */
export function stragglersOf({ partitions }: Timeline): Straggler[] {
  const each = partitions.wallMs.flatMap((wallMs, partition) => {
    const images =
      (partitions.extracted[partition] ?? 0) +
      (partitions.quarantined[partition] ?? 0) -
      (partitions.reused[partition] ?? 0);
    return images <= 0 ? [] : [{ partition, wallMs, images, perImage: wallMs / images }];
  });
  const median = medianOf(each.map(({ perImage }) => perImage));
  if (median === 0) return [];
  return each
    .map((one) => ({ ...one, ratio: one.perImage / median, overMs: one.wallMs - median * one.images }))
    .filter(({ ratio, overMs }) => ratio >= SLOW_RATIO && overMs >= SLOW_MS)
    .sort((a, b) => b.overMs - a.overMs || a.partition - b.partition)
    .slice(0, MOST_STRAGGLERS)
    .map(({ partition, wallMs, ratio }) => {
      const worker = partitions.worker[partition] ?? 0;
      return { partition, worker, wallMs, ratio, attempts: partitions.attempt[partition] ?? 1 };
    });
}

function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}

/**
 * Failed attempts by code, and the time that partitions waited for them. Of a partition that was committed in
 * the epoch in which attempts failed: from the begin of the first failed attempt to that of the one that
 * succeeded. A commit's time begins with the attempts of its own process, so where that is before the first
 * failure, the first attempt began then; else another process succeeded, which began then, and of the first
 * attempt only the end is known. The last one began at the last failure or at the commit's begin, whichever
 * is later. What failed in an earlier
 * epoch, or was no partition's, counts as an attempt without time.
 */
export function retriesOf({ partitions, failures, failuresLeftOut }: Timeline): ReportFacts['retries'] {
  const codes = new Map<string, { attempts: number; lostMs: number }>();
  const jobs = new Map<string, Timeline['failures']>();
  for (const failure of failures) {
    const known = codes.get(failure.code) ?? { attempts: 0, lostMs: 0 };
    codes.set(failure.code, { ...known, attempts: known.attempts + 1 });
    const { kind, partition, epoch } = failure;
    if (kind !== 'extract' || partition === null || partitions.epoch[partition] !== epoch) continue;
    const job = `${partition}`;
    jobs.set(job, [...(jobs.get(job) ?? []), failure]);
  }
  let lostMs = 0;
  for (const those of jobs.values()) {
    const lost = lostOf(those, partitions);
    lostMs += lost;
    for (const { code } of those) {
      const known = codes.get(code);
      if (known !== undefined) known.lostMs += lost / those.length;
    }
  }
  return {
    attempts: failures.length + (failuresLeftOut ?? 0),
    lostMs: Math.round(lostMs),
    codes: [...codes]
      .map(([code, { attempts, lostMs: ms }]) => ({ code, attempts, lostMs: Math.round(ms) }))
      .sort((a, b) => b.attempts - a.attempts || (a.code < b.code ? -1 : 1)),
  };
}

function lostOf(failures: Timeline['failures'], partitions: Timeline['partitions']): number {
  const partition = failures[0]?.partition ?? 0;
  const endMs = partitions.endMs[partition] ?? 0;
  const beganMs = endMs - (partitions.wallMs[partition] ?? 0);
  const before = failures.map(({ atMs }) => atMs).filter((atMs) => atMs <= endMs);
  if (before.length === 0) return 0;
  const first = Math.min(...before);
  return Math.max(beganMs, ...before) - Math.min(beganMs, first);
}
