/**
 * The step that `triangle.wat` does, in plain TypeScript, on rows: the oracle of its bits.
 */

/** What a step reads (update vectors u and q, next reflection v) and writes (product p = A·v). */
export interface PlainVectors {
  readonly u: Float64Array;
  readonly q: Float64Array;
  readonly v: Float64Array;
  readonly p: Float64Array;
}

/** row −= u_i·q + q_i·u over its i + 1 entries. */
function updateRow(row: Float64Array, i: number, { u, q }: PlainVectors): void {
  const ui = u[i]!;
  const qi = q[i]!;
  for (let j = 0; j <= i; j++) row[j] = row[j]! - (ui * q[j]! + qi * u[j]!);
}

/** For the leading size×size triangle: A −= u·qᵀ + q·uᵀ, and p = A·v with the new A. */
export function plainStep(rows: readonly Float64Array[], size: number, { u, q, v, p }: PlainVectors): void {
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
