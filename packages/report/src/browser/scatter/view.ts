/** The part of the plane that is seen: panned and zoomed, pure. */

/** A rectangle of the plane, in the units of the projection; x to the right, y up. */
export interface View {
  readonly x0: number;
  readonly x1: number;
  readonly y0: number;
  readonly y1: number;
}

/** Where a view is on the canvas, CSS pixels. */
export interface Frame {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** A place on the canvas, CSS pixels. */
export interface Place {
  readonly x: number;
  readonly y: number;
}

/** The smallest part of the whole that a view shows. */
const MOST_ZOOM = 2_000;

/** A view of all points with some room around them; a line or a single point gets room too. */
export function wholeView(x: Float32Array, y: Float32Array): View {
  const [x0, x1] = padded(rangeOf(x));
  const [y0, y1] = padded(rangeOf(y));
  return { x0, x1, y0, y1 };
}

function rangeOf(values: Float32Array): [number, number] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low <= high ? [low, high] : [0, 0];
}

function padded([low, high]: readonly [number, number]): [number, number] {
  const room = high > low ? (high - low) * 0.04 : Math.max(1e-3, Math.abs(low) * 0.1);
  return [low - room, high + room];
}

/** Pixels of one unit of each axis. */
export function scaleOf(view: View, frame: Frame): Place {
  return { x: frame.width / (view.x1 - view.x0), y: frame.height / (view.y1 - view.y0) };
}

/** Where a point of the plane is on the canvas. */
export function toScreen(view: View, frame: Frame, { x, y }: Place): Place {
  const scale = scaleOf(view, frame);
  return { x: frame.left + (x - view.x0) * scale.x, y: frame.top + (view.y1 - y) * scale.y };
}

/** Which point of the plane is at a place of the canvas. */
export function toPlane(view: View, frame: Frame, { x, y }: Place): Place {
  const scale = scaleOf(view, frame);
  return { x: view.x0 + (x - frame.left) / scale.x, y: view.y1 - (y - frame.top) / scale.y };
}

/** The view enlarged `factor` times around a point of the plane, never beyond the whole. */
export function zoomed(view: View, whole: View, { factor, at }: { factor: number; at: Place }): View {
  const most = (whole.x1 - whole.x0) / (view.x1 - view.x0);
  const by = Math.min(factor, MOST_ZOOM / most);
  const next = {
    x0: at.x - (at.x - view.x0) / by,
    x1: at.x + (view.x1 - at.x) / by,
    y0: at.y - (at.y - view.y0) / by,
    y1: at.y + (view.y1 - at.y) / by,
  };
  return within(next, whole);
}

/** The view moved by units of the plane, never beyond the whole. */
export function panned(view: View, whole: View, by: Place): View {
  const next = { x0: view.x0 + by.x, x1: view.x1 + by.x, y0: view.y0 + by.y, y1: view.y1 + by.y };
  return within(next, whole);
}

/** The view moved as little as it takes to show a point, not quite at its edge. */
export function revealing(view: View, whole: View, { x, y }: Place): View {
  const [roomX, roomY] = [(view.x1 - view.x0) * 0.08, (view.y1 - view.y0) * 0.08];
  const shift = (value: number, low: number, high: number) =>
    value < low ? value - low : Math.max(0, value - high);
  return panned(view, whole, {
    x: shift(x, view.x0 + roomX, view.x1 - roomX),
    y: shift(y, view.y0 + roomY, view.y1 - roomY),
  });
}

/** True where nothing is cut off. */
export function isWhole(view: View, whole: View): boolean {
  return view.x0 <= whole.x0 && view.x1 >= whole.x1 && view.y0 <= whole.y0 && view.y1 >= whole.y1;
}

/** How much larger than the whole things are: 1 or more. */
export function zoomOf(view: View, whole: View): number {
  return (whole.x1 - whole.x0) / (view.x1 - view.x0);
}

function within(view: View, whole: View): View {
  const [x0, x1] = side(view.x0, view.x1, whole.x0, whole.x1);
  const [y0, y1] = side(view.y0, view.y1, whole.y0, whole.y1);
  return { x0, x1, y0, y1 };
}

function side(low: number, high: number, least: number, most: number): [number, number] {
  const span = high - low;
  if (span >= (most - least) * (1 - 1e-9)) return [least, most];
  const from = Math.min(Math.max(low, least), most - span);
  return [from, from + span];
}
