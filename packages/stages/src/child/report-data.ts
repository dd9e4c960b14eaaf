/** What children compute for the HTML report. Between requests they keep the last labels. */
import { encodeSprite, engineVersions, releaseVersion, sharpVersions, shrinkToTile } from '@verger/features';
import { nearPairs as closestPairs, compareWithCentroids, type PointTable } from '@verger/pca';
import {
  isSampled,
  type LabelNeighbours,
  MOST_COMPONENTS,
  NEAREST_KEPT,
  NONE_INDEX,
  SPRITE_COLUMNS,
  TILE_PIXELS,
} from '@verger/report';
import { decodeProjection } from '@verger/tables';
import type { ChildCalls, CompareRequest, LabelTable } from './protocol.ts';

const KEPT = { kept: NEAREST_KEPT, none: NONE_INDEX };

const pointsOf = ({ names, centroids, k }: LabelTable): PointTable => ({
  ...{ points: centroids, count: names.length, k },
});

/** Compares the rows of projection files with the centroids. Errors: E_PART_CORRUPT. */
export function createComparer() {
  let last: { key: string; table: PointTable; places: ReadonlyMap<string, number> } | undefined;

  return async (request: CompareRequest): Promise<ChildCalls['compareRows']['response']> => {
    const { labels: sent, labelsKey } = request;
    if (last?.key !== labelsKey) {
      if (sent === undefined) return 'need-labels';
      const places = new Map(sent.names.map((name, place) => [name, place]));
      last = { key: labelsKey, table: pointsOf(sent), places };
    }
    const { table, places } = last;
    const {
      paths,
      labels: names,
      projection,
      k,
    } = await decodeProjection(request.bytes, request.modelSha256);
    const labels = Uint16Array.from(names, (name) => places.get(name) ?? NONE_INDEX);
    const sample = { count: request.compared, rows: request.rows };
    const isWanted = (row: number) => isSampled(request.first + row, sample);
    const rows = { points: projection, count: paths.length, k, own: labels, isWanted };
    const compared = compareWithCentroids(rows, table, KEPT);
    const close = closeRows(rows, compared, request.closeWithin);
    return { paths, labels, values: firstComponents(rows), ...compared, close };
  };
}

/** The first ten numbers of each row. */
function firstComponents({ points, count, k }: PointTable): Float32Array {
  const kept = Math.min(k, MOST_COMPONENTS);
  const values = new Float32Array(count * kept);
  for (let row = 0; row < count; row += 1) {
    for (let at = 0; at < kept; at += 1) values[row * kept + at] = points[row * k + at] ?? 0;
  }
  return values;
}

/** Rows that lie between two centroids: their two distances differ by no more than `within`. */
function closeRows(
  { points, count, k }: PointTable,
  { own, other }: { readonly own: Float32Array; readonly other: Float32Array },
  within: number,
) {
  const rows: number[] = [];
  for (let row = 0; row < count; row += 1) {
    if (Math.abs((other[row] ?? Number.NaN) - (own[row] ?? Number.NaN)) <= within) rows.push(row);
  }
  const numbers = new Float32Array(rows.length * k);
  for (const [index, row] of rows.entries()) numbers.set(points.subarray(row * k, (row + 1) * k), index * k);
  return { rows: Uint32Array.from(rows), points: numbers };
}

/** Of each label the nearest other one. Cost: 0.3 s for 4,096 labels at k = 25. */
export function labelNeighbours({ labels }: ChildCalls['labelNeighbours']['request']): LabelNeighbours {
  const table = pointsOf(labels);
  const own = Uint16Array.from(labels.names, (_, place) => place);
  const { nearest: places, other } = compareWithCentroids(
    { ...table, own, isWanted: () => true },
    table,
    KEPT,
  );
  const nearest = own.map((place) => {
    const those = places.subarray(place * NEAREST_KEPT, (place + 1) * NEAREST_KEPT);
    return those.find((one) => one !== place) ?? NONE_INDEX;
  });
  return { nearest, distance: other };
}

/** The closest pairs of rows of different labels. */
export function nearPairs({ most, within, ...rows }: ChildCalls['nearPairs']['request']) {
  return closestPairs(rows, { most, within });
}

/** Versions in this process. */
export function versions(): Record<string, string> {
  return { verger: releaseVersion(), node: process.versions.node, ...engineVersions(), ...sharpVersions() };
}

/** Thumbnails of images, in their order; null for a bad one. */
export async function thumbnails({ images, limits }: ChildCalls['thumbnails']['request']) {
  const tiles: (Uint8Array | null)[] = [];
  for (const bytes of images) tiles.push((await shrinkToTile(bytes, TILE_PIXELS, limits)) ?? null);
  return tiles;
}

/** One picture of thumbnails. */
export async function sprite({ tiles }: ChildCalls['sprite']['request']): Promise<Uint8Array> {
  return await encodeSprite(tiles, { side: TILE_PIXELS, columns: SPRITE_COLUMNS });
}
