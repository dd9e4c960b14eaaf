/** Reflection i is I − factors[i]·u·uᵀ with u = rows[i][0…i), 0 beyond; Q = H[width−1] · … · H[1]. */
export interface Reflections {
  readonly rows: readonly Float64Array[];
  readonly factors: Float64Array;
}

/**
 * Replaces each vector z (in the basis of T) by Q·z. Vectors are row-major [count, width]; four at a time
 * share a reflection.
 */
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
