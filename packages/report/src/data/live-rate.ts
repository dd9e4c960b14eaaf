/** Images per second over time, and bars by worker, from the columns of a live run. */
import { END_UNIT_MS, type LiveState, NO_WORKER } from './live-data.ts';

/** Images per second in bins of equal length. */
export interface RateBins {
  /** When the first bin begins, milliseconds since 1970. */
  readonly fromMs: number;
  readonly binMs: number;
  readonly perSecond: readonly number[];
  /** Images by the time in which partitions were worked on: pauses do not count. */
  readonly meanPerSecond: number;
  /**
   * From this bin on images are yet to come: of partitions under way, which are not committed.
   * `perSecond.length` where none are. As long as a partition took lately: none under way has begun much
   * earlier.
   */
  readonly openFrom: number;
}

const MOST_BINS = 240;
/** Lengths of a bin, seconds. */
const LENGTHS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600, 7200, 14_400, 43_200, 86_400];

/**
 * Images that were extracted per second: those of a commit are spread over the time that it took. Reused
 * images are left out. Null before the first commit. Cost: a pass over the partitions.
 */
export function rateBins({ columns, facts }: Pick<LiveState, 'columns' | 'facts'>): RateBins | null {
  const { end, wallMs, extracted, quarantined, reused } = columns;
  let first = Number.POSITIVE_INFINITY;
  let last = 0;
  for (let at = 0; at < end.length; at += 1) {
    const endMs = (end[at] ?? 0) * END_UNIT_MS;
    if (endMs === 0) continue;
    first = Math.min(first, endMs - (wallMs[at] ?? 0));
    last = Math.max(last, endMs);
  }
  if (!(last > first)) return null;
  const seconds = LENGTHS.find((length) => (last - first) / (length * 1000) <= MOST_BINS) ?? 864_000;
  const binMs = seconds * 1000;
  const bins = new Array<number>(Math.max(1, Math.ceil((last - first) / binMs))).fill(0);
  for (let at = 0; at < end.length; at += 1) {
    const endMs = (end[at] ?? 0) * END_UNIT_MS;
    const images = (extracted[at] ?? 0) + (quarantined[at] ?? 0) - (reused[at] ?? 0);
    if (endMs === 0 || images <= 0) continue;
    spread(bins, binMs, { fromMs: endMs - (wallMs[at] ?? 0) - first, toMs: endMs - first, images });
  }
  const perSecond = bins.map((images, at) => {
    // The last bin is as long as it has lasted.
    const ms = at === bins.length - 1 ? Math.max(1000, last - first - at * binMs) : binMs;
    return (images / ms) * 1000;
  });
  const images = bins.reduce((sum, of) => sum + of, 0);
  const meanPerSecond = (images / Math.max(1, busyMs(columns))) * 1000;
  const openMs = last - lateMs(columns, last) - first;
  const openFrom = end.includes(0) && !facts.isOver ? Math.max(0, Math.floor(openMs / binMs)) : bins.length;
  return { fromMs: facts.originMs + first, binMs, perSecond, meanPerSecond, openFrom };
}

/** For how long at least one partition with fresh images was worked on. Cost: two sorts of numbers. */
function busyMs({ end, wallMs, extracted, quarantined, reused }: LiveState['columns']): number {
  const rows = [...end.keys()].filter((at) => {
    return (end[at] ?? 0) > 0 && (extracted[at] ?? 0) + (quarantined[at] ?? 0) > (reused[at] ?? 0);
  });
  const endOf = (at: number) => (end[at] ?? 0) * END_UNIT_MS;
  const ends = Float64Array.from(rows, endOf).sort();
  const starts = Float64Array.from(rows, (at) => endOf(at) - Math.max(1, wallMs[at] ?? 0)).sort();
  let busy = 0;
  let since = 0;
  for (let begun = 0, ended = 0; ended < ends.length; ) {
    if (begun < starts.length && (starts[begun] ?? 0) <= (ends[ended] ?? 0)) {
      if (begun === ended) since = starts[begun] ?? 0;
      begun += 1;
    } else {
      ended += 1;
      if (begun === ended) busy += (ends[ended - 1] ?? 0) - since;
    }
  }
  return busy;
}

/** Commits so close to the last one say how long partitions take now. */
const LATELY_MS = 120_000;

/** The longest that a partition took which was committed lately. */
function lateMs({ end, wallMs }: LiveState['columns'], last: number): number {
  let longest = 0;
  for (let at = 0; at < end.length; at += 1) {
    const endMs = (end[at] ?? 0) * END_UNIT_MS;
    if (endMs > 0 && endMs >= last - LATELY_MS) longest = Math.max(longest, wallMs[at] ?? 0);
  }
  return longest;
}

function spread(
  bins: number[],
  binMs: number,
  { fromMs, toMs, images }: { fromMs: number; toMs: number; images: number },
): void {
  const lengthMs = Math.max(1, toMs - fromMs);
  const begin = toMs - lengthMs;
  for (let bin = Math.max(0, Math.floor(begin / binMs)); bin < bins.length; bin += 1) {
    const overlap = Math.min(toMs, (bin + 1) * binMs) - Math.max(begin, bin * binMs);
    if (overlap <= 0) break;
    bins[bin] = (bins[bin] ?? 0) + (images * overlap) / lengthMs;
  }
}

/** The partitions that were committed by a known worker, as bars on it. Times: milliseconds since 1970. */
export function committedBars({ columns, facts }: Pick<LiveState, 'columns' | 'facts'>) {
  const { end, wallMs, worker, attempt } = columns;
  const rows = [...end.keys()].filter((at) => (end[at] ?? 0) > 0 && worker[at] !== NO_WORKER);
  const endMs = Float64Array.from(rows, (at) => facts.originMs + (end[at] ?? 0) * END_UNIT_MS);
  return {
    workers: facts.workers.map(({ name }) => name),
    partition: Uint32Array.from(rows),
    worker: Uint32Array.from(rows, (at) => worker[at] ?? 0),
    startMs: Float64Array.from(rows, (at, index) => (endMs[index] ?? 0) - (wallMs[at] ?? 0)),
    endMs,
    attempt: Uint32Array.from(rows, (at) => attempt[at] ?? 1),
    failures: facts.attempts.flatMap(({ worker: by, atMs, code }) =>
      by === NO_WORKER ? [] : [{ worker: by, atMs, code }],
    ),
  };
}
