/** The order of labels in the heat map: those that are confused stand together. */
import type { LabelFacts } from '../../data/report-data.ts';

/** Images by own label and nearest label: [own, nearest, count]. */
export type Cells = readonly (readonly [number, number, number])[];

/** The places of the `most` labels that are confused most; all of them where there are no more. By place. */
export function mostConfused(labelCount: number, cells: Cells, most: number): number[] {
  const all = Array.from({ length: labelCount }, (_, at) => at);
  if (labelCount <= most) return all;
  const mistakes = new Float64Array(labelCount);
  for (const [own, nearest, count] of cells) {
    if (own === nearest) continue;
    mistakes[own] = (mistakes[own] ?? 0) + count;
    mistakes[nearest] = (mistakes[nearest] ?? 0) + count;
  }
  return all
    .sort((a, b) => (mistakes[b] ?? 0) - (mistakes[a] ?? 0) || a - b)
    .slice(0, most)
    .sort((a, b) => a - b);
}

/**
 * Orders labels by average-linkage clustering of how often they are confused, and of how near their centroids
 * are where they are not. Cost: n³ / 6 steps; 20 ms for 150 labels.
 */
export function confusionOrder(
  places: readonly number[],
  labels: readonly LabelFacts[],
  cells: Cells,
): number[] {
  const likeness = likenessOf(places, labels, cells);
  const groups: number[][] = places.map((_, at) => [at]);
  const between = likeness.map((row) => Float64Array.from(row));
  let live = places.map((_, at) => at);
  while (live.length > 1) {
    const [a, b] = closest(live, between);
    const [first = [], second = []] = [groups[a], groups[b]];
    for (const other of live) {
      const [rowA, rowB, rowOther] = [between[a], between[b], between[other]];
      if (other === a || other === b || !rowA || !rowB || !rowOther) continue;
      const mean =
        ((rowA[other] ?? 0) * first.length + (rowB[other] ?? 0) * second.length) /
        (first.length + second.length);
      rowA[other] = mean;
      rowOther[a] = mean;
    }
    groups[a] = joined(first, second, likeness);
    live = live.filter((one) => one !== b);
  }
  return (groups[live[0] ?? 0] ?? []).map((at) => places[at] ?? 0);
}

/** Of each two labels: the share of their images that is mistaken, and a little for near centroids. */
function likenessOf(places: readonly number[], labels: readonly LabelFacts[], cells: Cells): Float64Array[] {
  const at = new Map(places.map((place, index) => [place, index]));
  const rows = places.map(() => new Float64Array(places.length));
  for (const [i, a] of places.entries()) {
    for (const [j, b] of places.entries()) {
      const row = rows[i];
      if (row !== undefined && i !== j) row[j] = 0.01 / (1 + distanceOf(labels[a], labels[b]));
    }
  }
  for (const [own, nearest, count] of cells) {
    const [i, j] = [at.get(own), at.get(nearest)];
    if (i === undefined || j === undefined || i === j) continue;
    const share = count / Math.max(1, labels[own]?.compared ?? 0);
    for (const [one, other] of [
      [i, j],
      [j, i],
    ] as const) {
      const row = rows[one];
      if (row !== undefined) row[other] = (row[other] ?? 0) + share;
    }
  }
  return rows;
}

function distanceOf(a: LabelFacts | undefined, b: LabelFacts | undefined): number {
  if (a === undefined || b === undefined) return Number.POSITIVE_INFINITY;
  return Math.hypot(...a.centroid.map((value, axis) => value - (b.centroid[axis] ?? 0)));
}

function closest(live: readonly number[], between: readonly Float64Array[]): [number, number] {
  let best: [number, number] = [live[0] ?? 0, live[1] ?? 0];
  let most = Number.NEGATIVE_INFINITY;
  for (const [i, a] of live.entries()) {
    const row = between[a];
    for (let j = i + 1; j < live.length; j += 1) {
      const b = live[j] ?? 0;
      const like = row?.[b] ?? 0;
      if (like > most) [best, most] = [[a, b], like];
    }
  }
  return best;
}

/** Two groups side by side, each turned so that the ends that meet are most alike. */
function joined(
  first: readonly number[],
  second: readonly number[],
  likeness: readonly Float64Array[],
): number[] {
  const ways = [first, [...first].reverse()].flatMap((left) =>
    [second, [...second].reverse()].map((right) => ({ left, right })),
  );
  const meet = ({ left, right }: (typeof ways)[number]) => likeness[left.at(-1) ?? 0]?.[right[0] ?? 0] ?? 0;
  const best = ways.reduce((one, other) => (meet(other) > meet(one) ? other : one));
  return [...best.left, ...best.right];
}
