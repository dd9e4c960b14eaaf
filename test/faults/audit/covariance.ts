import { type Int64s, type SumsFile, WIDTH } from './sums-file.ts';

const WORD = 4294967296;

/** What PCA is made of, from merged sums. `matrix` is [1280][1280], row-major, of the scaled features. */
export interface Covariance {
  readonly matrix: Float64Array;
  readonly mean: Float64Array;
  readonly scale: Float64Array;
  readonly trace: number;
}

/** An int64 as a double: exact below 2^53. */
export function doubleOf({ low, high }: Int64s, at: number): number {
  return high[at]! * WORD + low[at]!;
}

const bigOf = ({ low, high }: Int64s, at: number) => BigInt(high[at]!) * 4294967296n + BigInt(low[at]!);

/** n·S_ij − s_i·s_j, rounded at most once: in doubles where all of it is below 2^53, else in BigInt. */
function numerators({ count, max, sum, products }: SumsFile): Float64Array {
  const matrix = new Float64Array(WIDTH * WIDTH);
  const isSmall = (count * max) ** 2 < 2 ** 53;
  const big = Array.from({ length: WIDTH }, (_, at) => bigOf(sum, at));
  const n = BigInt(count);
  for (let i = 0, at = 0; i < WIDTH; i++) {
    for (let j = i; j < WIDTH; j++, at++) {
      const value = isSmall
        ? count * doubleOf(products, at) - doubleOf(sum, i) * doubleOf(sum, j)
        : Number(n * bigOf(products, at) - big[i]! * big[j]!);
      matrix[i * WIDTH + j] = value;
      matrix[j * WIDTH + i] = value;
    }
  }
  return matrix;
}

/** Covariance with the divisor n − 1; of features divided by their standard deviation where `standardise`. */
export function covarianceOf(sums: SumsFile, standardise: boolean): Covariance {
  const { count, sum } = sums;
  const matrix = numerators(sums);
  const divisor = count * (count - 1) * WORD;
  for (let at = 0; at < matrix.length; at++) matrix[at]! /= divisor;
  const mean = Float64Array.from({ length: WIDTH }, (_, at) => doubleOf(sum, at) / count / 65536);
  const scale = Float64Array.from({ length: WIDTH }, (_, at) => {
    const variance = matrix[at * WIDTH + at]!;
    return standardise && variance > 0 ? Math.sqrt(variance) : 1;
  });
  for (let i = 0; i < WIDTH; i++) {
    for (let j = 0; j < WIDTH; j++) matrix[i * WIDTH + j]! /= scale[i]! * scale[j]!;
  }
  let trace = 0;
  for (let at = 0; at < WIDTH; at++) trace += matrix[at * WIDTH + at]!;
  return { matrix, mean, scale, trace };
}

/** matrix · vector */
export function times(matrix: Float64Array, vector: ArrayLike<number>): Float64Array {
  const result = new Float64Array(WIDTH);
  for (let i = 0; i < WIDTH; i++) {
    let sum = 0;
    for (let j = 0; j < WIDTH; j++) sum += matrix[i * WIDTH + j]! * vector[j]!;
    result[i] = sum;
  }
  return result;
}

/** Σ a·b */
export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let at = 0; at < a.length; at++) sum += a[at]! * b[at]!;
  return sum;
}
