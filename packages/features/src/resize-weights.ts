/** Fractional bits of the fixed-point weights (Pillow's PRECISION_BITS: 32 − 8 bits of a pixel − 2 of head room). */
export const WEIGHT_BITS = 22;

/**
 * How one axis is resampled: output `i` is the sum over `taps` inputs from `first[i]`, weighted by `weights[i·taps …]`.
 * Windows are all `taps` wide and lie inside the input (or begin at 0 where the input is narrower); weights beyond Pillow's window are 0.
 */
export interface AxisWeights {
  readonly taps: number;
  readonly first: Int32Array;
  readonly weights: Int32Array;
}

/** Keys' cubic with a = −0.5, as Pillow's `bicubic_filter` computes it (same operations, same order: same bits). */
function bicubic(distance: number): number {
  const a = -0.5;
  const x = Math.abs(distance);
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  if (x < 2) return (((x - 5) * x + 8) * x - 4) * a;
  return 0;
}

/** Pillow's window of one output: first input, and weights that add up to 1 in float64. */
function pillowWindow(centre: number, support: number, filter: { scale: number; size: number }) {
  const begin = Math.max(0, Math.trunc(centre - support + 0.5));
  const end = Math.min(filter.size, Math.trunc(centre + support + 0.5));
  const inverse = 1 / filter.scale;
  const raw = Array.from({ length: end - begin }, (_, index) =>
    bicubic((index + begin - centre + 0.5) * inverse),
  );
  const total = raw.reduce((sum, weight) => sum + weight, 0);
  return { begin, weights: total === 0 ? raw : raw.map((weight) => weight / total) };
}

/** Rounds half away from zero, as Pillow's `normalize_coeffs_8bpc` does. */
function fixedPoint(weight: number): number {
  const scaled = weight * 2 ** WEIGHT_BITS;
  return Math.trunc(weight < 0 ? scaled - 0.5 : scaled + 0.5);
}

/** The weights from `size` inputs to `out` outputs (Pillow 13, `src/libImaging/Resample.c`, `precompute_coeffs`). */
export function axisWeights(size: number, out: number): AxisWeights {
  const step = size / out;
  const scale = Math.max(1, step);
  const support = 2 * scale;
  const windows = Array.from({ length: out }, (_, index) =>
    pillowWindow((index + 0.5) * step, support, { scale, size }),
  );
  const taps = Math.max(...windows.map(({ weights }) => weights.length));
  const first = new Int32Array(out);
  const weights = new Int32Array(out * taps);
  for (const [index, window] of windows.entries()) {
    // A window cut at the far edge is moved back so that all are equally wide; what it gains has weight 0.
    const begin = Math.max(0, Math.min(window.begin, size - taps));
    first[index] = begin;
    for (const [tap, weight] of window.weights.entries())
      weights[index * taps + (window.begin - begin) + tap] = fixedPoint(weight);
  }
  return { taps, first, weights };
}
