import { counted, formatDuration, printable } from '@verger/core';
import type { TimelineBars } from './timeline-bars.ts';

const clock = (ms: number) => `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
const nameOf = (bars: TimelineBars, worker: number) => printable(bars.workers[worker] ?? '');

/** What is said of a bar: partition, worker, time, attempt. */
export function barLines(bars: TimelineBars, at: number): string[] {
  const [start, end] = [bars.startMs[at] ?? 0, bars.endMs[at] ?? 0];
  const attempt = bars.attempt[at] ?? 1;
  return [
    `Partition ${bars.partition[at] ?? ''}, ${formatDuration(end - start)}`,
    nameOf(bars, bars.worker[at] ?? 0),
    `from ${clock(start)}`,
    attempt > 1 ? `committed by attempt ${attempt}` : 'first attempt',
  ];
}

/** What is said of a failed attempt. */
export function failureLines(bars: TimelineBars, at: number): string[] {
  const failure = bars.failures[at];
  if (failure === undefined) return [];
  return [
    `Failed attempt: ${printable(failure.code)}`,
    nameOf(bars, failure.worker),
    `at ${clock(failure.atMs)}`,
  ];
}

/** The whole timeline in one sentence, for those who do not see it. */
export function timelineSummary(bars: TimelineBars): string {
  const partitions = counted(bars.worker.length, 'partition');
  const failures = bars.failures.length === 0 ? '' : `, ${counted(bars.failures.length, 'failed attempt')}`;
  return `Timeline: ${partitions} on ${counted(bars.workers.length, 'worker')}${failures}. \
Arrow keys choose a partition, plus and minus zoom, 0 shows everything.`;
}
