import { FEATURE_SCALE, type Sums, VergerError } from '@verger/core';
import { readInt64 } from './int64.ts';

/**
 * What a fit starts from. `matrix` is the lower triangle, row-major packed, of the covariance (divisor n −
 * 1), or of the correlation where standardised; `mean` and `scale` are [width].
 */
export interface Covariance {
  readonly matrix: Float64Array;
  readonly mean: Float64Array;
  readonly scale: Float64Array;
}

/**
 * Covariance from sums. The numerator n·S_ij − s_i·s_j is exact and rounded once, so a constant feature has
 * variance 0 exactly. `scale` is all 1, or the sample standard deviations (1 for a constant feature) where
 * `standardise`. About 50 ms at width 1,280. Errors: E_PCA_TOO_FEW, E_PCA_NO_VARIANCE, E_SUMS_CORRUPT for a
 * negative variance.
 */
export function covarianceOf(sums: Sums, standardise: boolean): Covariance {
  const { width, count } = sums;
  if (count < 2) throw new VergerError('E_PCA_TOO_FEW', {}, { detail: `Images with features: ${count}.` });
  const matrix = numerators(sums);
  const divisor = Number(BigInt(count) * BigInt(count - 1)) * FEATURE_SCALE * FEATURE_SCALE;
  for (let at = 0; at < matrix.length; at++) matrix[at] = matrix[at]! / divisor;

  const mean = Float64Array.from(sums.sum, (value) => Number(value) / count / FEATURE_SCALE);
  const scale = new Float64Array(width).fill(1);
  let varies = false;
  for (let row = 0; row < width; row++) {
    const variance = matrix[diagonal(row)]!;
    if (variance < 0) throw new VergerError('E_SUMS_CORRUPT', {}, { detail: 'A variance is negative.' });
    if (variance === 0) continue;
    varies = true;
    if (standardise) scale[row] = Math.sqrt(variance);
  }
  if (!varies) throw new VergerError('E_PCA_NO_VARIANCE', {}, { detail: `There are ${count} images.` });
  if (standardise) correlate(matrix, scale);
  return { matrix, mean, scale };
}

const diagonal = (row: number) => (row * (row + 1)) / 2 + row;

/**
 * n·S_ij − s_i·s_j as the nearest double, lower triangle packed. Doubles are exact where both products are below
 * 2^53, as in runs of a few hundred images; elsewhere BigInt, thirty times slower, is.
 */
function numerators(sums: Sums): Float64Array {
  const { width, count, products } = sums;
  const lower = new Float64Array(products.length);
  const sum = Array.from(sums.sum, Number);
  const product = readInt64(products);
  let at = 0;
  for (let i = 0; i < width; i++) {
    for (let j = i; j < width; j++, at++) {
      const first = count * product(at);
      const second = sum[i]! * sum[j]!;
      const isExact = Math.abs(first) < EXACT && Math.abs(second) < EXACT;
      lower[(j * (j + 1)) / 2 + i] = isExact
        ? first - second
        : Number(BigInt(count) * products[at]! - sums.sum[i]! * sums.sum[j]!);
    }
  }
  return lower;
}

/** Integers below it are doubles, and a product that comes out below it was not rounded. */
const EXACT = Number.MAX_SAFE_INTEGER + 1;

/** Covariance to correlation in place; the diagonal of a feature that varies is exactly 1. */
function correlate(matrix: Float64Array, scale: Float64Array): void {
  let at = 0;
  for (let row = 0; row < scale.length; row++) {
    for (let column = 0; column < row; column++, at++) {
      matrix[at] = matrix[at]! / (scale[row]! * scale[column]!);
    }
    if (matrix[at] !== 0) matrix[at] = 1;
    at++;
  }
}
