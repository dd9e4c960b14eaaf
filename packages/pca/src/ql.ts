import { VergerError } from '@verger/core';

/**
 * Implicit QL on a symmetric tridiagonal matrix (Bowdler, Martin, Reinsch and Wilkinson 1968; EISPACK's
 * imtql2). The rotations are kept, not applied: for k vectors they are replayed backwards on k unit vectors,
 * which costs k/width of the usual way and gives vectors that are orthonormal to rounding however close the
 * eigenvalues are.
 */

/** Eigenvalues as QL leaves them, unsorted, and the rotations that diagonalise. */
export interface Diagonalised {
  readonly values: Float64Array;
  readonly sweeps: readonly Sweep[];
}

/**
 * Rotations of the planes (start, start + 1), (start − 1, start), …: cosine and sine alternate in `turns`.
 */
interface Sweep {
  readonly start: number;
  readonly turns: Float64Array;
}

/** Twice what EISPACK allows; about 1.6 a value is usual. */
const MAX_SWEEPS = 60;
/** Vectors replayed together: so many numbers of two rows stay in the first-level cache. */
const PANEL = 64;

/**
 * Diagonalises; both arrays [width] are consumed, `offDiagonal` has a 0 at its end. Absolute error of a
 * value: a few 2^-52 of the largest. About 30·width² operations, and 13·width² bytes for the rotations (20 MB
 * at 1,280). Errors: E_INTERNAL when it does not converge (not seen).
 */
export function diagonalise(diagonal: Float64Array, offDiagonal: Float64Array): Diagonalised {
  const d = diagonal;
  const e = offDiagonal;
  const negligible = Number.EPSILON * normOf(d, e);
  const sweeps: Sweep[] = [];
  for (let l = 0; l < d.length; l++) {
    for (let tries = 0; ; tries++) {
      let m = l;
      while (m < d.length - 1 && Math.abs(e[m]!) > negligible) m++;
      if (m === l) break;
      if (tries === MAX_SWEEPS) {
        throw new VergerError('E_INTERNAL', {}, { detail: 'The eigenvalues do not converge.' });
      }
      sweeps.push(sweep(d, e, { l, m }));
    }
  }
  return { values: d, sweeps };
}

function normOf(d: Float64Array, e: Float64Array): number {
  let norm = 0;
  for (let i = 0; i < d.length; i++) norm = Math.max(norm, Math.abs(d[i]!) + Math.abs(e[i]!));
  return norm;
}

/** √(a² + b²) without overflow or underflow. */
function hypotenuse(a: number, b: number): number {
  const [large, small] = Math.abs(a) > Math.abs(b) ? [Math.abs(a), Math.abs(b)] : [Math.abs(b), Math.abs(a)];
  if (large === 0) return 0;
  const ratio = small / large;
  return large * Math.sqrt(1 + ratio * ratio);
}

/** One implicit QL sweep with Wilkinson's shift over the unreduced block l…m. */
function sweep(d: Float64Array, e: Float64Array, { l, m }: { l: number; m: number }): Sweep {
  const turns = new Float64Array(2 * (m - l));
  const half = (d[l + 1]! - d[l]!) / (2 * e[l]!);
  const root = hypotenuse(half, 1);
  let g = d[m]! - d[l]! + e[l]! / (half + (half < 0 ? -root : root));
  let sine = 1;
  let cosine = 1;
  let p = 0;
  let at = 0;
  for (let i = m - 1; i >= l; i--) {
    const f = sine * e[i]!;
    const b = cosine * e[i]!;
    const length = hypotenuse(f, g);
    e[i + 1] = length;
    if (length === 0) {
      // The block splits here by underflow; what was turned so far is still a similarity.
      d[i + 1]! -= p;
      e[m] = 0;
      return { start: m - 1, turns: turns.subarray(0, at) };
    }
    sine = f / length;
    cosine = g / length;
    const next = d[i + 1]! - p;
    const r = (d[i]! - next) * sine + 2 * cosine * b;
    p = sine * r;
    d[i + 1] = next + p;
    g = cosine * r - b;
    turns[at++] = cosine;
    turns[at++] = sine;
  }
  d[l]! -= p;
  e[l] = g;
  e[m] = 0;
  return { start: m - 1, turns };
}

/**
 * The eigenvectors of the tridiagonal matrix at the given positions of `values`: row-major [positions.length,
 * width]. About 5·width² operations a vector.
 */
export function replay({ values, sweeps }: Diagonalised, positions: readonly number[]): Float64Array {
  const width = values.length;
  const vectors = new Float64Array(positions.length * width);
  for (let first = 0; first < positions.length; first += PANEL) {
    const panel = positions.slice(first, first + PANEL);
    const count = panel.length;
    const columns = new Float64Array(width * count);
    for (const [lane, position] of panel.entries()) columns[position * count + lane] = 1;
    for (let index = sweeps.length - 1; index >= 0; index--) turnBack(columns, count, sweeps[index]!);
    for (let lane = 0; lane < count; lane++) {
      const start = (first + lane) * width;
      for (let i = 0; i < width; i++) vectors[start + i] = columns[i * count + lane]!;
    }
  }
  return vectors;
}

/** Applies a sweep, its last rotation first, to `columns` [width, count]. */
function turnBack(columns: Float64Array, count: number, { start, turns }: Sweep): void {
  for (let at = turns.length - 2; at >= 0; at -= 2) {
    const cosine = turns[at]!;
    const sine = turns[at + 1]!;
    let low = (start - at / 2) * count;
    for (const end = low + count; low < end; low++) {
      const x = columns[low]!;
      const y = columns[low + count]!;
      columns[low] = cosine * x + sine * y;
      columns[low + count] = cosine * y - sine * x;
    }
  }
}
