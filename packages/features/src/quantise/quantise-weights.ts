import type { Folded } from '../network/fold.ts';
import type { Layer } from '../network/layers.ts';

/** A convolution in integers: kernel ≈ weights · scales, bias ≈ biases · biasScales, by output channel. */
export interface QuantisedConvolution {
  /** [out, in / groups, height, width]. */
  readonly dims: readonly number[];
  readonly weights: Int8Array;
  readonly scales: Float32Array;
  readonly biases: Int32Array;
  readonly biasScales: Float32Array;
}

/** What is done for accuracy. */
export interface WeightChoice {
  /** Whether a bias takes back what rounding the weights took from the mean of its channel. */
  readonly correctsBias: boolean;
  /** Steps that a bias has at most; the scale of its channel follows. */
  readonly mostBias: number;
}

/** What a convolution reads: integers of that scale, and the mean of each channel. */
export interface QuantisedInput {
  readonly layer: Layer;
  readonly inputScale: number;
  readonly inputMeans: readonly number[];
}

/** Of a symmetric int8: -128 is not used, so that both signs have the same range. */
const MOST = 127;
/** A bias takes at most so many steps: int32 holds it, with room for the products that are added to it. */
const MOST_BIAS = 2 ** 24;
/** What was found best (docs/engines.md). */
export const BEST_WEIGHTS: WeightChoice = { correctsBias: true, mostBias: MOST_BIAS };
/** Scale of a channel without weights. */
const LEAST_SCALE = 2 ** -60;

/**
 * A convolution as int8 weights with a scale for each output channel. What rounding the weights takes from
 * the mean of a channel is given back to its bias: Σ (w − round(w)) · mean of the input (section 4.2 of
 * arXiv:1906.04721, with measured means). The scale of a channel that is nearly all bias follows the bias, or
 * int32 could not hold it: four units of error in one channel were half of all that quantising did.
 */
export function quantiseConvolution(
  { dims, kernel, bias }: Folded,
  { layer, inputScale, inputMeans }: QuantisedInput,
  { correctsBias, mostBias }: WeightChoice = BEST_WEIGHTS,
): QuantisedConvolution {
  const [outs = 0, , height = 1, width = 1] = dims;
  const size = kernel.length / outs;
  const weights = new Int8Array(kernel.length);
  const scales = new Float32Array(outs);
  const biases = new Int32Array(outs);
  const biasScales = new Float32Array(outs);
  for (let out = 0; out < outs; out += 1) {
    const row = kernel.subarray(out * size, (out + 1) * size);
    const scale = scaleOf(row, Math.abs(bias[out]!) / inputScale / mostBias);
    let lost = 0;
    for (let at = 0; at < size; at += 1) {
      const rounded = Math.max(-MOST, Math.min(MOST, Math.round(row[at]! / scale)));
      weights[out * size + at] = rounded;
      const channel = layer.kind === 'DepthwiseConv2D' ? out : Math.floor(at / (height * width));
      lost += (row[at]! - rounded * scale) * inputMeans[channel]!;
    }
    scales[out] = scale;
    biasScales[out] = inputScale * scale;
    biases[out] = Math.round((bias[out]! + (correctsBias ? lost : 0)) / biasScales[out]!);
  }
  return { dims, weights, scales, biases, biasScales };
}

/** Scale of one output channel, a float32: its largest weight is 127; at least what its bias needs. */
function scaleOf(row: Float32Array, least: number): number {
  const largest = row.reduce((most, weight) => Math.max(most, Math.abs(weight)), 0);
  return Math.fround(Math.max(largest / MOST, least, LEAST_SCALE));
}
