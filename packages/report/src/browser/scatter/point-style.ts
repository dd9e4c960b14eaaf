/** How large and how solid points are: the more there are, the finer. */

/** A point on the screen. */
export interface PointStyle {
  /** CSS pixels. */
  readonly radius: number;
  /** 0–1 */
  readonly alpha: number;
}

/** [points up to, radius, alpha] */
const STEPS: readonly (readonly [number, number, number])[] = [
  [300, 5, 0.95],
  [2_000, 4, 0.92],
  [8_000, 3.2, 0.85],
  [30_000, 2.5, 0.75],
  [Number.POSITIVE_INFINITY, 1.9, 0.62],
];

/** The style of so many points, enlarged `zoom` times: larger then, because there are fewer in view. */
export function pointStyle(count: number, zoom: number): PointStyle {
  const [, radius = 2, alpha = 1] = STEPS.find(([most]) => count <= most) ?? [];
  const growth = Math.min(zoom ** 0.3, 5 / radius);
  return { radius: radius * Math.max(1, growth), alpha: Math.min(0.95, alpha * zoom ** 0.12) };
}
