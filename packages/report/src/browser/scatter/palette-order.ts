/** The order of colours: labels next to each other in the list are far apart in colour. */
import { type Lab, labDistance } from './oklab.ts';

/** Labels before and after one whose colours are kept far from its own. */
const NEIGHBOURS = 5;

/** The same colours in an order in which neighbours are far apart. Cost: 20 ms for 256. */
export function apart<T extends { readonly lab: Lab }>(colours: readonly T[]): T[] {
  const distances = colours.map(({ lab }) =>
    Float32Array.from(colours, (other) => labDistance(lab, other.lab)),
  );
  const order = chained(distances);
  // The chain leaves what it avoided to its end: the worst places change with better ones.
  for (let round = 0; round < order.length; round += 1) if (!swapWorst(order, distances)) break;
  return order.map((place) => colours[place]!);
}

type Distances = readonly Float32Array[];

/** Each the farthest from the few before it. */
function chained(distances: Distances): number[] {
  const rest = distances.map((_, place) => place);
  const order = rest.splice(0, 1);
  while (rest.length > 0) {
    const before = order.slice(-NEIGHBOURS);
    const worths = rest.map((place) => Math.min(...before.map((other) => distances[place]![other]!)));
    order.push(...rest.splice(worths.indexOf(Math.max(...worths)), 1));
  }
  return order;
}

/** Distance of the colour at a place to the nearest of its neighbours. */
function worthAt(order: readonly number[], place: number, distances: Distances): number {
  const row = distances[order[place]!]!;
  let least = Number.POSITIVE_INFINITY;
  const last = Math.min(order.length - 1, place + NEIGHBOURS);
  for (let other = Math.max(0, place - NEIGHBOURS); other <= last; other += 1) {
    if (other !== place) least = Math.min(least, row[order[other]!]!);
  }
  return least;
}

/** Swaps the worst place with the one that gains most; false where nothing gains. The first stays. */
function swapWorst(order: number[], distances: Distances): boolean {
  const worths = order.map((_, place) => (place === 0 ? 1 : worthAt(order, place, distances)));
  const worst = worths.indexOf(Math.min(...worths));
  let best = -1;
  let most = worths[worst] ?? 0;
  for (let place = 1; place < order.length; place += 1) {
    swap(order, worst, place);
    const worth = Math.min(worthAt(order, worst, distances), worthAt(order, place, distances));
    swap(order, worst, place);
    if (worth <= most) continue;
    most = worth;
    best = place;
  }
  if (best === -1) return false;
  swap(order, worst, best);
  return true;
}

function swap(order: number[], one: number, other: number): void {
  const kept = order[one]!;
  order[one] = order[other]!;
  order[other] = kept;
}
