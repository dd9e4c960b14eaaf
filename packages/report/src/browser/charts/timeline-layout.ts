import type { TimelineBars } from './timeline-bars.ts';

/** Where the bars of a timeline are, from top to bottom. CSS pixels. */
export interface TimelineLayout {
  /** Of each bar: the upper edge of its lane. */
  readonly top: Float32Array;
  readonly rows: readonly Row[];
  /** Height of a bar. */
  readonly laneHeight: number;
  readonly height: number;
}

/** A worker: as many lanes as it had partitions at once. */
export interface Row {
  readonly top: number;
  readonly height: number;
}

/** What the rows share as long as they are not too thin for it. */
const WANTED_HEIGHT = 560;
const MOST_LANES = 8;

/** Lays out the bars. Cost: 10 ms for 20,000 bars. */
export function layOut(bars: TimelineBars): TimelineLayout {
  const { lanes, laneOf } = lanesOf(bars);
  const all = lanes.reduce((sum, count) => sum + count, 0);
  const laneHeight = Math.max(
    2,
    Math.min(18, Math.floor((WANTED_HEIGHT - lanes.length * 3) / Math.max(1, all))),
  );
  const gap = laneHeight >= 6 ? 4 : 1;
  let top = gap;
  const rows = lanes.map((count) => {
    const row = { top, height: count * laneHeight };
    top += row.height + gap;
    return row;
  });
  const tops = Float32Array.from(
    laneOf,
    (lane, at) => (rows[bars.worker[at] ?? 0]?.top ?? 0) + lane * laneHeight,
  );
  return { top: tops, rows, laneHeight, height: top };
}

/** Bars of one worker that overlap go to lanes of their own. */
function lanesOf({ workers, worker, startMs, endMs }: TimelineBars): { lanes: number[]; laneOf: Uint8Array } {
  const order = Uint32Array.from({ length: worker.length }, (_, at) => at);
  order.sort((a, b) => (startMs[a] ?? 0) - (startMs[b] ?? 0));
  const ends: number[][] = workers.map(() => []);
  const laneOf = new Uint8Array(worker.length);
  for (const at of order) {
    const [from, to] = [startMs[at] ?? 0, endMs[at] ?? 0];
    const own = ends[worker[at] ?? 0];
    if (own === undefined) continue;
    // Clocks and rounding: a bar may begin a little before the one that it follows ends.
    const slack = Math.min(250, (to - from) / 10);
    let lane = own.findIndex((end) => end - from <= slack);
    if (lane < 0) lane = own.length < MOST_LANES ? own.length : own.indexOf(Math.min(...own));
    own[lane] = Math.max(own[lane] ?? to, to);
    laneOf[at] = lane;
  }
  return { lanes: ends.map((own) => Math.max(1, own.length)), laneOf };
}

/** What is at a place: a bar, or undefined. `slack`: how far beside a short bar still counts. */
export function barAt(
  bars: TimelineBars,
  layout: TimelineLayout,
  { ms, y, slackMs }: { ms: number; y: number; slackMs: number },
): number | undefined {
  let best: number | undefined;
  let nearest = slackMs;
  for (let at = 0; at < bars.worker.length; at += 1) {
    const top = layout.top[at] ?? 0;
    if (y < top || y >= top + layout.laneHeight) continue;
    const before = (bars.startMs[at] ?? 0) - ms;
    const after = ms - (bars.endMs[at] ?? 0);
    const distance = Math.max(0, before, after);
    if (distance < nearest || (distance === 0 && best === undefined)) {
      best = at;
      nearest = distance;
      if (distance === 0) break;
    }
  }
  return best;
}

/** The failed attempt whose mark is at a place, or undefined. `near`: how far off still counts, pixels. */
export function failureAt(
  bars: TimelineBars,
  layout: TimelineLayout,
  { x, y, near, xOf }: { x: number; y: number; near: number; xOf: (ms: number) => number },
): number | undefined {
  const at = bars.failures.findIndex(({ worker, atMs }) => {
    const row = layout.rows[worker];
    if (row === undefined) return false;
    const within = Math.max(near, row.height / 2);
    return Math.abs(row.top + row.height / 2 - y) <= within && Math.abs(xOf(atMs) - x) <= near;
  });
  return at < 0 ? undefined : at;
}

/** The next bar in a direction: along the lane, or to the nearest in time of another lane. */
export function neighbour(
  bars: TimelineBars,
  layout: TimelineLayout,
  { from, dx, dy }: { from: number; dx: number; dy: number },
): number {
  const middle = (at: number) => ((bars.startMs[at] ?? 0) + (bars.endMs[at] ?? 0)) / 2;
  const top = layout.top[from] ?? 0;
  const here = middle(from);
  let best = from;
  let bestCost = Number.POSITIVE_INFINITY;
  let nextTop: number | undefined;
  if (dy !== 0) {
    for (const one of layout.top) {
      const isThere = dy > 0 ? one > top : one < top;
      if (isThere && (nextTop === undefined || Math.abs(one - top) < Math.abs(nextTop - top))) nextTop = one;
    }
  }
  for (let at = 0; at < bars.worker.length; at += 1) {
    if (at === from || layout.top[at] !== (dy === 0 ? top : nextTop)) continue;
    const away = middle(at) - here;
    if (dy === 0 && (dx > 0 ? away < 0 : away > 0)) continue;
    if (Math.abs(away) < bestCost) [best, bestCost] = [at, Math.abs(away)];
  }
  return best;
}
