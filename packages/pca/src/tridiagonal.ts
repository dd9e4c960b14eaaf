/**
 * Householder reduction of a symmetric matrix to tridiagonal form, from the last row upwards as EISPACK's tred1 does
 * (Wilkinson and Reinsch, Handbook for Automatic Computation II/2): so every vector is a row and contiguous. The update of one
 * step and the matrix-vector product of the next are one pass over the triangle, two rows at a time, because memory is what costs.
 */

/** A = Q·T·Qᵀ. `diagonal` is [width]; `offDiagonal` [width], its last entry 0; Q as reflections. */
export interface Tridiagonal {
  readonly diagonal: Float64Array;
  readonly offDiagonal: Float64Array;
  readonly reflections: Reflections;
}

/** Reflection i is I − factors[i]·u·uᵀ with u = rows[i][0…i), 0 beyond; Q = H[width−1] · … · H[1]. */
export interface Reflections {
  readonly rows: readonly Float64Array[];
  readonly factors: Float64Array;
}

/** What the pass over the triangle reads (update vectors u and q, next reflection v) and writes (product p = A·v). */
interface Vectors {
  u: Float64Array;
  v: Float64Array;
  readonly q: Float64Array;
  readonly p: Float64Array;
}

/** Off-diagonal parts below this share of the largest entry are 0: far under rounding, and their squares do not underflow. */
const NEGLIGIBLE = Number.EPSILON * Number.EPSILON;

/**
 * Reduces `matrix` (lower triangle, row-major packed; consumed: its rows become the reflections).
 * 4/3·width³ operations: about 1 s at 1,280.
 */
export function tridiagonalise(matrix: Float64Array, width: number): Tridiagonal {
  const rows = triangleRows(matrix, width);
  const tiny = largestEntry(matrix) * NEGLIGIBLE;
  const diagonal = new Float64Array(width);
  const offDiagonal = new Float64Array(width);
  const factors = new Float64Array(width);
  const vectors: Vectors = {
    u: new Float64Array(width),
    v: new Float64Array(width),
    q: new Float64Array(width),
    p: new Float64Array(width),
  };
  for (let i = width - 1; i > 0; i--) {
    const row = rows[i]!;
    updateRow(row, i, vectors);
    diagonal[i] = row[i]!;
    const { factor, entry } = reflect(row, i, { v: vectors.v, tiny });
    factors[i] = factor;
    offDiagonal[i - 1] = entry;
    updateAndMultiply(rows, i, vectors);
    nextUpdate(factor, i, vectors);
  }
  if (width > 0) {
    updateRow(rows[0]!, 0, vectors);
    diagonal[0] = rows[0]![0]!;
  }
  return { diagonal, offDiagonal, reflections: { rows, factors } };
}

function triangleRows(matrix: Float64Array, width: number): Float64Array[] {
  return Array.from({ length: width }, (_, row) => {
    const start = (row * (row + 1)) / 2;
    return matrix.subarray(start, start + row + 1);
  });
}

function largestEntry(matrix: Float64Array): number {
  let largest = 0;
  for (let at = 0; at < matrix.length; at++) {
    const size = Math.abs(matrix[at]!);
    if (size > largest) largest = size;
  }
  return largest;
}

/** row −= u_i·q + q_i·u over its i + 1 entries. */
function updateRow(row: Float64Array, i: number, { u, q }: Vectors): void {
  const ui = u[i]!;
  const qi = q[i]!;
  for (let j = 0; j <= i; j++) row[j] = row[j]! - (ui * q[j]! + qi * u[j]!);
}

/**
 * The reflection that takes row[0…i) to (0, …, 0, entry): its vector goes to `v` and to the row itself.
 * factor = 2 / uᵀu, or 0 where there is nothing to reflect (then v is 0).
 */
function reflect(
  row: Float64Array,
  i: number,
  { v, tiny }: { v: Float64Array; tiny: number },
): { factor: number; entry: number } {
  let largest = 0;
  let squares = 0;
  for (let j = 0; j < i - 1; j++) {
    const size = Math.abs(row[j]!);
    if (size > largest) largest = size;
    squares += size * size;
  }
  const last = row[i - 1]!;
  if (!(largest > tiny)) {
    v.fill(0, 0, i);
    return { factor: 0, entry: last };
  }
  const norm = Math.sqrt(squares + last * last);
  const entry = last > 0 ? -norm : norm;
  row[i - 1] = last - entry;
  for (let j = 0; j < i; j++) v[j] = row[j]!;
  // last and entry have opposite signs, so nothing cancels here.
  return { factor: 1 / (norm * norm - last * entry), entry };
}

/** For the leading size×size triangle: A −= u·qᵀ + q·uᵀ, and p = A·v with the new A. */
function updateAndMultiply(rows: readonly Float64Array[], size: number, { u, q, v, p }: Vectors): void {
  p.fill(0, 0, size);
  let r = 0;
  for (; r + 1 < size; r += 2) {
    const one = rows[r]!;
    const two = rows[r + 1]!;
    const [u1, q1, v1] = [u[r]!, q[r]!, v[r]!];
    const [u2, q2, v2] = [u[r + 1]!, q[r + 1]!, v[r + 1]!];
    let p1 = 0;
    let p2 = 0;
    for (let j = 0; j < r; j++) {
      const uj = u[j]!;
      const qj = q[j]!;
      const vj = v[j]!;
      const a1 = one[j]! - (u1 * qj + q1 * uj);
      const a2 = two[j]! - (u2 * qj + q2 * uj);
      one[j] = a1;
      two[j] = a2;
      p1 += a1 * vj;
      p2 += a2 * vj;
      p[j]! += a1 * v1 + a2 * v2;
    }
    const a11 = one[r]! - 2 * u1 * q1;
    const a21 = two[r]! - (u2 * q1 + q2 * u1);
    const a22 = two[r + 1]! - 2 * u2 * q2;
    one[r] = a11;
    two[r] = a21;
    two[r + 1] = a22;
    p[r]! += p1 + a11 * v1 + a21 * v2;
    p[r + 1]! += p2 + a21 * v1 + a22 * v2;
  }
  if (r < size) {
    const row = rows[r]!;
    updateRow(row, r, { u, q, v, p });
    let pr = 0;
    for (let j = 0; j < r; j++) {
      pr += row[j]! * v[j]!;
      p[j]! += row[j]! * v[r]!;
    }
    p[r]! += pr + row[r]! * v[r]!;
  }
}

/** From p = A·v to the update of the next pass: u = v, q = factor·p − (factor²/2 · vᵀp)·v. */
function nextUpdate(factor: number, size: number, vectors: Vectors): void {
  const { q, p, v } = vectors;
  let product = 0;
  for (let j = 0; j < size; j++) product += p[j]! * v[j]!;
  const share = (factor * factor * product) / 2;
  for (let j = 0; j < size; j++) q[j] = factor * p[j]! - share * v[j]!;
  [vectors.u, vectors.v] = [v, vectors.u];
}

/** Replaces each vector z (in the basis of T) by Q·z. Vectors are row-major [count, width]; four at a time share a reflection. */
export function applyReflections({ rows, factors }: Reflections, vectors: Float64Array, width: number): void {
  const count = vectors.length / width;
  for (let first = 0; first < count; first += 4) {
    const group = Array.from({ length: Math.min(4, count - first) }, (_, lane) =>
      vectors.subarray((first + lane) * width, (first + lane + 1) * width),
    );
    for (let i = 1; i < width; i++) {
      if (factors[i] === 0) continue;
      if (group.length === 4) reflectFour(group, rows[i]!, { size: i, factor: factors[i]! });
      else for (const vector of group) reflectOne(vector, rows[i]!, { size: i, factor: factors[i]! });
    }
  }
}

function reflectOne(x: Float64Array, u: Float64Array, by: { size: number; factor: number }): void {
  let dot = 0;
  for (let j = 0; j < by.size; j++) dot += u[j]! * x[j]!;
  dot *= by.factor;
  for (let j = 0; j < by.size; j++) x[j]! -= dot * u[j]!;
}

function reflectFour(
  group: readonly Float64Array[],
  u: Float64Array,
  by: { size: number; factor: number },
): void {
  const [x0, x1, x2, x3] = [group[0]!, group[1]!, group[2]!, group[3]!];
  let [d0, d1, d2, d3] = [0, 0, 0, 0];
  for (let j = 0; j < by.size; j++) {
    const uj = u[j]!;
    d0 += uj * x0[j]!;
    d1 += uj * x1[j]!;
    d2 += uj * x2[j]!;
    d3 += uj * x3[j]!;
  }
  d0 *= by.factor;
  d1 *= by.factor;
  d2 *= by.factor;
  d3 *= by.factor;
  for (let j = 0; j < by.size; j++) {
    const uj = u[j]!;
    x0[j]! -= d0 * uj;
    x1[j]! -= d1 * uj;
    x2[j]! -= d2 * uj;
    x3[j]! -= d3 * uj;
  }
}
