/** How large points are: the more there are, the finer. */

/** Points up to which they have their full size. */
const FEW = 300;
/** CSS pixels. */
const MOST_RADIUS = 5;
const LEAST_RADIUS = 1.7;

/** The area of a canvas on which points have that size, CSS pixels. */
const USUAL_AREA = 870 * 490;

/**
 * The radius of so many shown points in CSS pixels, on a canvas of some area, where all is enlarged `zoom`
 * times: larger then, because there are fewer in view. Does not change with panning.
 */
export function pointRadius(count: number, { zoom, area }: { zoom: number; area: number }): number {
  const inView = Math.max(FEW, count / zoom ** 1.2);
  const small = Math.min(1, (area / USUAL_AREA) ** 0.3);
  return Math.max(LEAST_RADIUS * small, MOST_RADIUS * small * (FEW / inView) ** (1 / 6));
}
