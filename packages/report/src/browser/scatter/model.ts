/** What a scatter draws, prepared once from the data of a report. */
import { type LabelFacts, NEAREST_KEPT, NONE_INDEX, type Points } from '../../data/report-data.ts';
import { labelWords } from '../../html/words.ts';

/** Points by group: a group is a label, or the rest where a run has more labels than are kept. */
export interface Model {
  readonly points: Points;
  readonly labels: readonly LabelFacts[];
  /** [count] */
  readonly groups: Uint16Array;
  /** [groups], printable. */
  readonly names: readonly string[];
  /** [groups]: images of the run. */
  readonly counts: readonly number[];
  /** [groups]: points on the page. */
  readonly sizes: Uint32Array;
  /** [count]: the order of drawing where points meet: mixed, so that no label covers all before it. */
  readonly order: Uint32Array;
  /** [groups]: the points that have a photograph of their own. */
  readonly pictured: readonly (readonly number[])[];
}

/** Whose photograph stands for a point. `isOwn` false: a near one of its label. */
export interface Photograph {
  readonly tile: number;
  /** The point that it shows; undefined where none on the page is known. */
  readonly of?: number | undefined;
  readonly isOwn: boolean;
}

/** Prepares the points. Cost: 10 ms for 100,000. */
export function modelOf(points: Points, labels: readonly LabelFacts[]): Model {
  const rest = labels.length;
  const groups = Uint16Array.from(points.labels, (label) => (label < rest ? label : rest));
  const names = labels.map(({ label }) => labelWords(label));
  const counts = labels.map(({ count }) => count);
  const sizes = new Uint32Array(rest + 1);
  for (const group of groups) sizes[group]! += 1;
  const others = sizes[rest] ?? 0;
  if (others > 0) {
    names.push('other labels');
    counts.push(others);
  }
  const pictured: number[][] = names.map(() => []);
  for (const [point, tile] of points.tiles.entries()) {
    if (tile !== NONE_INDEX) pictured[groups[point] ?? 0]?.push(point);
  }
  return { points, labels, groups, names, counts, sizes, order: mixedOrder(points.count), pictured };
}

/** All numbers below `count`, far from their neighbours: steps of the golden section. */
export function mixedOrder(count: number): Uint32Array {
  let step = Math.max(1, Math.round(count * 0.6180339887));
  while (greatestDivisor(step, count) !== 1) step += 1;
  const order = new Uint32Array(count);
  for (let at = 0, place = 0; at < count; at += 1, place = (place + step) % count) order[at] = place;
  return order;
}

const greatestDivisor = (a: number, b: number): number => (b === 0 ? a : greatestDivisor(b, a % b));

/** One component of all points. */
export function componentOf({ values, count }: Points, component: number): Float32Array {
  return values.subarray(component * count, (component + 1) * count);
}

/** Stands for no component: a row for each label, its points spread over the row. */
export const LABEL_ROWS = -1;

/** A row for each group, the first one at the top. The spread is the same each time, and means nothing. */
export function labelRows({ groups }: Pick<Model, 'groups'>): Float32Array {
  return Float32Array.from(groups, (group, point) => -group + (((point * 0.6180339887) % 1) - 0.5) * 0.6);
}

/** The photograph to show for a point: its own, else of its label the nearest one in the components here. */
export function photographOf({ points, groups, labels, pictured }: Model, point: number): Photograph {
  const own = points.tiles[point] ?? NONE_INDEX;
  if (own !== NONE_INDEX) return { tile: own, of: point, isOwn: true };
  const group = groups[point] ?? 0;
  let tile = labels[group]?.tiles[0] ?? NONE_INDEX;
  let of: number | undefined;
  let least = Number.POSITIVE_INFINITY;
  // The rest is of many labels: another one's photograph would mislead.
  for (const other of group < labels.length ? (pictured[group] ?? []) : []) {
    const square = squareBetween(points, point, other);
    if (square >= least) continue;
    least = square;
    tile = points.tiles[other] ?? NONE_INDEX;
    of = other;
  }
  return { tile, of, isOwn: false };
}

function squareBetween({ values, count, components }: Points, one: number, other: number): number {
  let square = 0;
  for (let component = 0; component < components; component += 1) {
    const from = component * count;
    square += ((values[from + one] ?? 0) - (values[from + other] ?? 0)) ** 2;
  }
  return square;
}

/** A label near a point. */
export interface NearLabel {
  readonly name: string;
  readonly isOwn: boolean;
}

/** The labels nearest to a point, nearest first; empty where they are not known. */
export function nearestLabels({ points, groups, names }: Model, point: number): NearLabel[] {
  const places = points.nearest.subarray(point * NEAREST_KEPT, (point + 1) * NEAREST_KEPT);
  return [...places]
    .filter((place) => place !== NONE_INDEX)
    .map((place) => ({ name: names[place] ?? '', isOwn: place === groups[point] }));
}

/** How many of some points each label has: the most first. */
export function groupCounts(model: Model, chosen: readonly number[]): { name: string; count: number }[] {
  const counts = new Map<number, number>();
  for (const point of chosen) {
    const group = model.groups[point] ?? 0;
    counts.set(group, (counts.get(group) ?? 0) + 1);
  }
  const sorted = [...counts].sort(([a, m], [b, n]) => n - m || a - b);
  return sorted.map(([group, count]) => ({ name: model.names[group] ?? '', count }));
}
