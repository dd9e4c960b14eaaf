/** What int8 changed, on the held images: computed in children, pure. */
import { cosineBetween, FEATURES, type PcaModel, type PrecisionComparison } from '@verger/core';
import { compareWithCentroids, prepareProjection, varianceShares } from '@verger/pca';
import { decodeFeatures } from '@verger/tables';
import type { ChildCalls, HeldRows, LabelTable } from './protocol.ts';
import { pickFeatures } from './reuse.ts';

/**
 * The rows of the held images in a features file. Null where one of them is neither at a place that it can
 * have nor in quarantine: then they were held back of another listing. Errors: E_PART_CORRUPT.
 */
export async function heldRows({
  features,
  images,
}: ChildCalls['held']['request']): Promise<HeldRows | null> {
  const stored = await decodeFeatures(features);
  const { quarantined } = stored.metadata;
  const rowOf = new Map(stored.paths.map((path, row) => [path, row]));
  const bad = new Set(quarantined.map(({ path }) => path));
  const found: number[] = [];
  const rows: number[] = [];
  for (const [index, { place, path }] of images.entries()) {
    const row = rowOf.get(path);
    if (row === undefined && bad.has(path)) continue;
    if (row === undefined || row > place || row + quarantined.length < place) return null;
    found.push(index);
    rows.push(row);
  }
  return { found, features: pickFeatures(stored, rows), labels: rows.map((row) => stored.labels[row] ?? '') };
}

/** Cost: 0.1 s for 128 images. */
export function comparePrecision({
  float32,
  int8,
  labels,
  model,
  table,
}: ChildCalls['comparePrecision']['request']): PrecisionComparison {
  const cosines = labels
    .map((_, row) => cosineBetween(oneRow(float32, row), oneRow(int8, row)))
    .sort((a, b) => a - b);
  const figures = (features: Float32Array) => ({
    ...varianceShares(features, FEATURES, model.options),
    accuracy: nearestCentroidAccuracy(features, labels, { model, table }),
  });
  return {
    images: labels.length,
    cosine: {
      median: atShare(cosines, 0.5),
      percentile1: atShare(cosines, 0.01),
      least: cosines[0] ?? 1,
    },
    float32: figures(float32),
    int8: figures(int8),
  };
}

/** The value that this share of the ascending ones is below. */
const atShare = (ascending: readonly number[], share: number) =>
  ascending[Math.min(ascending.length - 1, Math.floor(ascending.length * share))] ?? 1;

const oneRow = (features: Float32Array, row: number) =>
  features.subarray(row * FEATURES, (row + 1) * FEATURES);

/**
 * Share of the images whose nearest centroid in the run's own projection is that of their label; null with
 * fewer than two labels. Images of a label that has no centroid are left out.
 */
function nearestCentroidAccuracy(
  features: Float32Array,
  labels: readonly string[],
  { model, table: { names, centroids, k } }: { readonly model: PcaModel; readonly table: LabelTable },
): number | null {
  if (names.length < 2) return null;
  const places = new Map(names.map((name, place) => [name, place]));
  const projected = prepareProjection(model)(features, labels.length);
  const own = Uint16Array.from(labels, (label) => places.get(label) ?? NO_CENTROID);
  const rows = { points: projected, count: labels.length, k, own, isWanted: () => true };
  const table = { points: centroids, count: names.length, k };
  const { nearest } = compareWithCentroids(rows, table, { kept: 1, none: NO_CENTROID });
  const known = labels.flatMap((_, row) => (own[row] === NO_CENTROID ? [] : [row]));
  if (known.length === 0) return null;
  return known.filter((row) => nearest[row] === own[row]).length / known.length;
}

const NO_CENTROID = 0xff_ff;
