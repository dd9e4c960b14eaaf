import { diagonalise, replay } from './ql.ts';
import { applyReflections } from './reflections.ts';
import { tridiagonalise } from './tridiagonal.ts';

/** Eigenvalues of a symmetric matrix, largest first, and a way to the vectors of the first few. */
export interface Eigen {
  /** [width], descending; rounding may leave small negative ones. */
  readonly values: Float64Array;
  /**
   * Orthonormal vectors of the first `count` values: row-major [count, width]. The same bits whatever the
   * count.
   */
  readonly vectors: (count: number) => Float64Array;
}

/**
 * Eigenvalues of a symmetric matrix, given as its lower triangle, row-major packed (consumed). Only + − × ÷
 * and √ in a fixed order: the same bits on every machine. About 1.2 s at width 1,280, and 0.2 s for 64
 * vectors.
 */
export function symmetricEigen(matrix: Float64Array, width: number): Eigen {
  const { diagonal, offDiagonal, reflections } = tridiagonalise(matrix, width);
  const solved = diagonalise(diagonal, offDiagonal);
  const order = Array.from(solved.values.keys()).sort(
    (a, b) => solved.values[b]! - solved.values[a]! || a - b,
  );
  return {
    values: Float64Array.from(order, (position) => solved.values[position]!),
    vectors(count) {
      const vectors = replay(solved, order.slice(0, count));
      applyReflections(reflections, vectors, width);
      return vectors;
    },
  };
}
