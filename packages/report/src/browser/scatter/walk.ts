/** Steps of the keyboard from point to point. */
import type { Place } from './view.ts';

/** Where an arrow key leads. */
export type Direction = 'left' | 'right' | 'up' | 'down';

/** A plane as columns, and how its units are seen. */
export interface Walk {
  readonly x: Float32Array;
  readonly y: Float32Array;
  /** Pixels per unit of each axis. */
  readonly scale: Place;
  readonly accepts: (point: number) => boolean;
}

/** Points that lie so near on the screen, in pixels, are passed over: a step must be seen. */
const LEAST_STEP = 3;

/** The nearest point in a direction, at most 45° off; -1 where there is none. Cost: 1 ms for 100,000. */
export function neighbour(from: number, direction: Direction, { x, y, scale, accepts }: Walk): number {
  const [fromX, fromY] = [x[from]!, y[from]!];
  const isSideways = direction === 'left' || direction === 'right';
  const sign = direction === 'right' || direction === 'up' ? 1 : -1;
  let best = -1;
  let least = Number.POSITIVE_INFINITY;
  for (let point = 0; point < x.length; point += 1) {
    const dx = (x[point]! - fromX) * scale.x * sign;
    const dy = (y[point]! - fromY) * scale.y * sign;
    const ahead = isSideways ? dx : dy;
    const aside = Math.abs(isSideways ? dy : dx);
    if (ahead < LEAST_STEP || aside > ahead) continue;
    // What lies straight ahead comes before what is as near and to the side.
    const cost = ahead + aside * 2;
    if (cost >= least || !accepts(point)) continue;
    least = cost;
    best = point;
  }
  return best;
}

/** The accepted point nearest to a place of the plane; -1 where there is none. Cost: 1 ms for 100,000. */
export function nearestTo(at: Place, { x, y, scale, accepts }: Walk): number {
  let best = -1;
  let least = Number.POSITIVE_INFINITY;
  for (let point = 0; point < x.length; point += 1) {
    const square = ((x[point]! - at.x) * scale.x) ** 2 + ((y[point]! - at.y) * scale.y) ** 2;
    if (square >= least || !accepts(point)) continue;
    least = square;
    best = point;
  }
  return best;
}
