/**
 * Fractional bits of the fixed-point weights (Pillow's PRECISION_BITS: 32 − 8 bits of a pixel − 2 of head
 * room).
 */
export const WEIGHT_BITS = 22;

/**
 * How one axis is resampled: output `i` is the sum over `taps` inputs from `first[i]`, weighted by
 * `weights[i·taps …]`. Windows are all `taps` wide and lie inside the input (or begin at 0 where the input is
 * narrower); weights beyond Pillow's window are 0.
 */
export interface AxisWeights {
  readonly taps: number;
  readonly first: Int32Array;
  readonly weights: Int32Array;
}

/**
 * Keys' cubic with a = −0.5, as Pillow's `bicubic_filter` computes it (same operations, same order: same
 * bits).
 */
function bicubic(distance: number): number {
  const a = -0.5;
  const x = Math.abs(distance);
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  if (x < 2) return (((x - 5) * x + 8) * x - 4) * a;
  return 0;
}

/** Pillow's window of one output: first input, and weights that add up to 1 in float64. */
function pillowWindow(
  output: number,
  axis: { readonly size: number; readonly step: number; readonly scale: number },
): { begin: number; weights: Float64Array } {
  const { size, step, scale } = axis;
  const support = 2 * scale;
  const centre = (output + 0.5) * step;
  const begin = Math.max(0, Math.trunc(centre - support + 0.5));
  const end = Math.min(size, Math.trunc(centre + support + 0.5));
  const inverse = 1 / scale;
  const weights = new Float64Array(end - begin);
  let total = 0;
  for (let tap = 0; tap < weights.length; tap += 1) {
    const weight = bicubic((tap + begin - centre + 0.5) * inverse);
    weights[tap] = weight;
    total += weight;
  }
  if (total !== 0) for (let tap = 0; tap < weights.length; tap += 1) weights[tap] = weights[tap]! / total;
  return { begin, weights };
}

/** Rounds half away from zero, as Pillow's `normalize_coeffs_8bpc` does. */
function fixedPoint(weight: number): number {
  const scaled = weight * 2 ** WEIGHT_BITS;
  return Math.trunc(weight < 0 ? scaled - 0.5 : scaled + 0.5);
}

/**
 * The weights from `size` inputs to outputs [from, to) of `out` (Pillow 13, `src/libImaging/Resample.c`,
 * `precompute_coeffs`). `first` and `weights` hold these outputs only. Cost: 20 ns a weight; there are about
 * 4 · size in all where an axis shrinks.
 */
export function axisWeights(
  size: number,
  out: number,
  { from, to }: { readonly from: number; readonly to: number } = { from: 0, to: out },
): AxisWeights {
  const step = size / out;
  const axis = { size, step, scale: Math.max(1, step) };
  const windows = Array.from({ length: to - from }, (_, index) => pillowWindow(from + index, axis));
  const taps = Math.max(...windows.map(({ weights }) => weights.length));
  const first = new Int32Array(to - from);
  const weights = new Int32Array((to - from) * taps);
  for (const [index, window] of windows.entries()) {
    // A window cut at the far edge is moved back so that all are equally wide; what it gains has weight 0.
    const begin = Math.max(0, Math.min(window.begin, size - taps));
    first[index] = begin;
    const at = index * taps + window.begin - begin;
    for (let tap = 0; tap < window.weights.length; tap += 1)
      weights[at + tap] = fixedPoint(window.weights[tap]!);
  }
  return { taps, first, weights };
}
