/** How large points are: the more there are, the finer. */

/** Points up to which they have their full size. */
const FEW = 300;
/** CSS pixels. */
const MOST_RADIUS = 5;
const LEAST_RADIUS = 1.7;

/**
 * The radius of so many shown points in CSS pixels, where all is enlarged `zoom` times: larger then, because
 * there are fewer in view. Does not change with panning.
 */
export function pointRadius(count: number, zoom: number): number {
  const inView = Math.max(FEW, count / zoom ** 1.2);
  return Math.max(LEAST_RADIUS, MOST_RADIUS * (FEW / inView) ** (1 / 6));
}
