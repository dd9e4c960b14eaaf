import type { Commit, Report } from '@verger/core';

/** Kinds of machines that are told apart; what is more is one more line, `other`. */
const MOST_TYPES = 20;

interface Span {
  readonly from: number;
  readonly to: number;
}

/**
 * What workers of each type did, by their commits: the time in which each had a partition under way, added
 * up; times that overlap count once. The most time first. Pure.
 */
export function workerTimes(commits: readonly Commit[]): NonNullable<Report['workers']> {
  const workers = new Map<string, { type: string; images: number; spans: Span[] }>();
  for (const { worker, at, timings, extracted } of commits) {
    const { host, pid, name } = worker;
    const key = JSON.stringify([host, pid, name]);
    const type = worker.instanceType ?? worker.cpu ?? 'this machine';
    const one = workers.get(key) ?? { type, images: 0, spans: [] };
    workers.set(key, one);
    const to = Date.parse(at);
    one.images += extracted;
    one.spans.push({ from: to - timings.wallMs, to });
  }
  const types = new Map<string, { workers: number; images: number; ms: number }>();
  for (const { type, images, spans } of workers.values()) {
    const known = types.get(type) ?? { workers: 0, images: 0, ms: 0 };
    types.set(type, {
      workers: known.workers + 1,
      images: known.images + images,
      ms: known.ms + coveredMs(spans),
    });
  }
  const sorted = [...types].sort(([a, one], [b, other]) => other.ms - one.ms || (a < b ? -1 : 1));
  const rest = sorted.splice(MOST_TYPES).map(([, one]) => one);
  if (rest.length > 0) {
    const sum = (pick: (one: (typeof rest)[number]) => number) =>
      rest.reduce((all, one) => all + pick(one), 0);
    const workers = sum((one) => one.workers);
    sorted.push(['other', { workers, images: sum((one) => one.images), ms: sum((one) => one.ms) }]);
  }
  return sorted.map(([type, { workers, images, ms }]) => {
    return { type, workers, images, seconds: Math.round(ms) / 1000 };
  });
}

/** Milliseconds in at least one of the spans. */
function coveredMs(spans: readonly Span[]): number {
  let ms = 0;
  let until = Number.NEGATIVE_INFINITY;
  for (const { from, to } of [...spans].sort((a, b) => a.from - b.from)) {
    ms += Math.max(0, to - Math.max(from, until));
    until = Math.max(until, to);
  }
  return ms;
}
