/** Rows of different labels that lie almost on each other. */

/** Rows to compare with each other: row-major [labels.length, k]. */
export interface LabelledPoints {
  readonly points: Float32Array;
  readonly k: number;
  /** [count]: numbers; rows with the same one are not compared. */
  readonly labels: Uint16Array;
}

/** Two rows, by their places; a is the first. */
export interface NearPair {
  readonly a: number;
  readonly b: number;
  readonly distance: number;
}

/** Of each pair that is shown so many are kept: some share a row. */
const SPARE = 4;
/** Pairs of the same two labels: of labels that are copies of each other not all are shown. */
const MOST_OF_TWO_LABELS = 3;
/** Dimensions between two looks at the limit. */
const STEP = 8;

/**
 * The closest pairs of rows of different labels, the closest first, at most `most`; each row, and each group
 * of rows that are copies, is in one of them only, and two labels have three of them at most, so that many
 * copies of one image, or of one label, are not all that is seen. Pairs farther apart than `within` are left
 * out. Rows are compared along their first component, and left as soon as they are too far, so of 5,000 rows
 * a few per cent of the 12 million pairs are looked at. 0.1 s for 5,000 rows of 25 numbers.
 */
export function nearPairs(
  { points, k, labels }: LabelledPoints,
  { most, within }: { readonly most: number; readonly within: number },
): NearPair[] {
  const first = (row: number) => points[row * k] ?? 0;
  const order = [...labels.keys()].sort((a, b) => first(a) - first(b) || a - b);
  const found: { a: number; b: number; squared: number }[] = [];
  const copies = new Copies();
  // Of float32 numbers, a square that is as large may come out a little larger.
  let limit = within * within * (1 + 1e-9);
  for (const [index, row] of order.entries()) {
    let best: { other: number; squared: number } | undefined;
    for (let next = index + 1; next < order.length; next += 1) {
      const other = order[next]!;
      const gap = first(other) - first(row);
      const bound = Math.min(limit, best?.squared ?? limit);
      // Nothing is closer than nothing: of many copies each looks at one.
      if (gap * gap > bound || best?.squared === 0) break;
      if (labels[other] === labels[row]) continue;
      const squared = squaredWithin(points, row * k, other * k, { k, limit: bound });
      if (squared <= limit && (best === undefined || squared < best.squared)) best = { other, squared };
    }
    if (best === undefined || (best.squared === 0 && !copies.join(row, best.other))) continue;
    found.push({ a: Math.min(row, best.other), b: Math.max(row, best.other), squared: best.squared });
    if (found.length < 2 * most * SPARE) continue;
    limit = Math.min(limit, shorten(found, labels, most * SPARE));
  }
  found.sort(byDistance);
  return disjoint(found, { labels, most, copies });
}

type Found = { readonly a: number; readonly b: number; readonly squared: number };

const byDistance = (one: Found, other: Found) =>
  one.squared - other.squared || one.a - other.a || one.b - other.b;

/** Keeps the closest so many; gives what the farthest of them has, or infinity where there are fewer. */
function shorten(found: Found[], labels: Uint16Array, count: number): number {
  found.sort(byDistance);
  const isSpare = labelLimit(labels, MOST_OF_TWO_LABELS * SPARE);
  const kept = found.filter((pair) => isSpare(pair)).slice(0, count);
  found.length = 0;
  found.push(...kept);
  return kept.length < count ? Number.POSITIVE_INFINITY : (kept.at(-1)?.squared ?? 0);
}

/** True for the first so many pairs of the same two labels. */
function labelLimit(labels: Uint16Array, most: number): (pair: Found) => boolean {
  const counts = new Map<string, number>();
  return ({ a, b }) => {
    const [one = 0, other = 0] = [labels[a], labels[b]];
    const key = one < other ? `${one} ${other}` : `${other} ${one}`;
    const count = (counts.get(key) ?? 0) + 1;
    counts.set(key, count);
    return count <= most;
  };
}

/** Rows that are copies of each other: of each group one pair is wanted. */
class Copies {
  readonly #parents = new Map<number, number>();
  readonly #paired = new Set<number>();

  /** One row that names the group of a row. */
  of(row: number): number {
    let root = row;
    for (let up = this.#parents.get(root); up !== undefined; up = this.#parents.get(root)) root = up;
    if (root !== row) this.#parents.set(row, root);
    return root;
  }

  /** Makes one group of the groups of two rows. True where no pair of either was wanted so far. */
  join(one: number, other: number): boolean {
    const [a, b] = [this.of(one), this.of(other)];
    const isFirst = !this.#paired.has(a) && !this.#paired.has(b);
    if (a !== b) this.#parents.set(b, a);
    this.#paired.add(a);
    return isFirst;
  }
}

interface Choice {
  readonly labels: Uint16Array;
  readonly most: number;
  readonly copies: Copies;
}

function disjoint(found: readonly Found[], { labels, most, copies }: Choice): NearPair[] {
  const taken = new Set<number>();
  const pairs: NearPair[] = [];
  const isFew = labelLimit(labels, MOST_OF_TWO_LABELS);
  for (const { a, b, squared } of found) {
    if (pairs.length >= most) break;
    const [one, other] = [copies.of(a), copies.of(b)];
    if (taken.has(one) || taken.has(other) || !isFew({ a, b, squared })) continue;
    taken.add(one).add(other);
    pairs.push({ a, b, distance: Math.sqrt(squared) });
  }
  return pairs;
}

function squaredWithin(
  points: Float32Array,
  from: number,
  other: number,
  { k, limit }: { readonly k: number; readonly limit: number },
): number {
  let sum = 0;
  for (let at = 0; at < k; at += 1) {
    const difference = points[from + at]! - points[other + at]!;
    sum += difference * difference;
    if (at % STEP === STEP - 1 && sum > limit) return sum;
  }
  return sum;
}
