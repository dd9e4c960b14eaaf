import { FEATURE_SCALE, type LabelCentroids, type PcaModel, type Sums } from '@verger/core';
import { sortedLabels } from './digest.ts';
import { prepareProjection } from './project.ts';

/**
 * The projection of each label's mean features, in the model's convention, by byte order of the label. 25 µs
 * a label at k = 25.
 */
export function labelCentroids(sums: Sums, model: PcaModel): LabelCentroids {
  const project = prepareProjection(model);
  return {
    format: 'verger-labels-1',
    truncated: sums.labelsTruncated,
    labels: sortedLabels(sums).map(([label, { count, sum }]) => {
      const mean = Float64Array.from(sum, (value) => Number(value) / count / FEATURE_SCALE);
      return { label, count, centroid: Array.from(project(mean, 1), (value) => value + 0) };
    }),
  };
}

/**
 * A label and the other label whose centroid is nearest; `distance` is Euclidean, in the projection's unit.
 */
export interface NearestLabel {
  readonly label: string;
  readonly nearest: string;
  readonly distance: number;
}

/**
 * For each label the nearest other label (the first in byte order on a tie), the closest pairs first, at most
 * `limit` of them. None where there is only one label. labels²·k operations: 0.5 s for 4,096 labels at k =
 * 25.
 */
export function nearestLabels(centroids: LabelCentroids, limit: number): NearestLabel[] {
  const { labels } = centroids;
  const points = labels.map(({ centroid }) => Float64Array.from(centroid));
  const found = labels.flatMap(({ label }, index) => {
    const nearest = nearestPoint(points, index);
    if (nearest === undefined) return [];
    return [{ label, nearest: labels[nearest.index]!.label, distance: Math.sqrt(nearest.squared) }];
  });
  // Array.sort is stable: labels at the same distance stay in byte order.
  return found.sort((a, b) => a.distance - b.distance).slice(0, Math.max(0, limit));
}

function nearestPoint(
  points: readonly Float64Array[],
  from: number,
): { index: number; squared: number } | undefined {
  let best: { index: number; squared: number } | undefined;
  for (let index = 0; index < points.length; index++) {
    if (index === from) continue;
    const squared = squaredDistance(points[from]!, points[index]!);
    if (best === undefined || squared < best.squared) best = { index, squared };
  }
  return best;
}

function squaredDistance(a: Float64Array, b: Float64Array): number {
  let squared = 0;
  for (let at = 0; at < a.length; at++) squared += (a[at]! - b[at]!) * (a[at]! - b[at]!);
  return squared;
}
