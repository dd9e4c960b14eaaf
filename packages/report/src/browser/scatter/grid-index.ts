/** Points of a plane in square cells, to find the nearest one fast, and to draw only what is seen. */
import type { View } from './view.ts';

/** Finds points. Made per pair of axes. */
export interface GridIndex {
  /** All points, those of a cell next to each other, cells row by row from the bottom left. */
  readonly points: Uint32Array;
  /** Runs of `points` that cover a rectangle, and a little more: [start, end, start, end, …]. */
  runs(view: View): number[];
  /**
   * The nearest point within a radius, by distance on the screen: `scale` is pixels per unit of each axis,
   * the radius in pixels. -1 where there is none. Cost: the cells that the radius touches.
   */
  nearest(
    at: { readonly x: number; readonly y: number },
    within: {
      readonly scale: { readonly x: number; readonly y: number };
      readonly radius: number;
      readonly accepts: (point: number) => boolean;
    },
  ): number;
}

/** About two points a cell, and no more cells than are worth their memory. */
const MOST_SIDE = 256;

/** Sorts the points into cells, those of a cell in the given order. Cost: 3 ms for 100,000. */
export function gridIndex(x: Float32Array, y: Float32Array, order: Uint32Array): GridIndex {
  const side = Math.max(1, Math.min(MOST_SIDE, Math.ceil(Math.sqrt(x.length / 2))));
  const [left, cellsPerX] = axisOf(x, side);
  const [bottom, cellsPerY] = axisOf(y, side);
  const column = (value: number) => clamped((value - left) * cellsPerX, side);
  const row = (value: number) => clamped((value - bottom) * cellsPerY, side);
  const starts = new Uint32Array(side * side + 1);
  const cells = new Uint32Array(x.length);
  for (let at = 0; at < x.length; at += 1) {
    const cell = row(y[at]!) * side + column(x[at]!);
    cells[at] = cell;
    starts[cell + 1]! += 1;
  }
  for (let cell = 0; cell < side * side; cell += 1) starts[cell + 1]! += starts[cell]!;
  const next = starts.slice();
  const points = new Uint32Array(x.length);
  for (let at = 0; at < x.length; at += 1) {
    const point = order[at]!;
    const cell = cells[point]!;
    points[next[cell]!] = point;
    next[cell]! += 1;
  }
  return {
    points,
    runs: ({ x0, x1, y0, y1 }) => {
      const runs: number[] = [];
      for (let r = row(y0); r <= row(y1); r += 1) {
        const start = starts[r * side + column(x0)]!;
        const end = starts[r * side + column(x1) + 1]!;
        if (start === runs.at(-1)) runs[runs.length - 1] = end;
        else if (end > start) runs.push(start, end);
      }
      return runs;
    },
    nearest: (from, { scale, radius, accepts }) => {
      const [columns, rows] = [radius / scale.x, radius / scale.y];
      let best = -1;
      let least = radius * radius;
      for (let r = row(from.y - rows); r <= row(from.y + rows); r += 1) {
        // The cells of a row that are next to each other: their points are too.
        const start = starts[r * side + column(from.x - columns)]!;
        const end = starts[r * side + column(from.x + columns) + 1]!;
        for (let place = start; place < end; place += 1) {
          const point = points[place]!;
          const dx = (x[point]! - from.x) * scale.x;
          const dy = (y[point]! - from.y) * scale.y;
          const square = dx * dx + dy * dy;
          if (square > least || (square === least && best !== -1 && point > best)) continue;
          if (!accepts(point)) continue;
          least = square;
          best = point;
        }
      }
      return best;
    },
  };
}

function axisOf(values: Float32Array, side: number): [low: number, cellsPerUnit: number] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return high > low ? [low, side / (high - low)] : [0, 0];
}

const clamped = (value: number, side: number) => Math.max(0, Math.min(side - 1, Math.floor(value)));
