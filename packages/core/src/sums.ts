/** Features are rounded to multiples of 2^-16 and summed as integers (docs/architecture.md, Numbers). */
export const FEATURE_SCALE = 65536;
/** Features must be in [0, FEATURE_LIMIT). */
export const FEATURE_LIMIT = 8;
/** Labels whose counts and sums are kept; of more, the first in byte order. */
export const MAX_LABELS = 4096;

/** Count and sum of one label. `sum` is int64 [width]. */
export interface LabelSums {
  count: number;
  readonly sum: BigInt64Array;
}

/**
 * Exact sums of the integer features of some rows. Merging is associative and commutative to the last bit.
 * Memory: 6.6 MB at width 1,280, and 10 kB a label.
 */
export interface Sums {
  readonly width: number;
  count: number;
  /** The largest integer feature seen: bounds every product. */
  max: number;
  /** int64 [width] */
  readonly sum: BigInt64Array;
  /** Upper triangle of rowsᵀ·rows, row-major, int64 [width·(width+1)/2]. */
  readonly products: BigInt64Array;
  readonly labels: Map<string, LabelSums>;
  /** True once a label was left out because of MAX_LABELS. */
  labelsTruncated: boolean;
}
