import { seededNumbers } from '@verger/core';
import { LAYERS } from '../network/layers.ts';
import { expectedArrays, type KerasWeights } from './keras-weights.ts';

/**
 * Makes the weights into each output of a [1, 1, in, out] kernel add up to nothing: what all inputs share is
 * not passed on.
 */
function centreOutputs(kernel: Float32Array, outs: number): void {
  const ins = kernel.length / outs;
  for (let out = 0; out < outs; out += 1) {
    let sum = 0;
    for (let input = 0; input < ins; input += 1) sum += kernel[input * outs + out]!;
    for (let input = 0; input < ins; input += 1) kernel[input * outs + out]! -= sum / ins;
  }
}

/** The seed that `--weights untrained` means, everywhere: its weights have one sha256. */
export const UNTRAINED_SEED = 1;

const GAIN: Readonly<Record<string, number>> = { gamma: 1, beta: 0, moving_mean: 0, moving_variance: 1 };

/**
 * Seeded weights that were never trained, for demos and tests: uniform kernels with He's variance 2 / fan-in
 * (arXiv:1502.01852), centred where they join channels, so that different images keep different features;
 * batch norms are the identity. The same bits on every machine: + − × ÷ and square roots only. Cost: 0.05 s.
 */
export function untrainedWeights(seed: number): KerasWeights {
  const next = seededNumbers(seed);
  const kinds = new Map(LAYERS.map((layer) => [layer.name, layer.kind]));
  const arrays = new Map<string, Float32Array>();
  for (const { key, layer, shape, size } of expectedArrays()) {
    const name = key.slice(layer.length + 1);
    const constant = GAIN[name];
    if (constant !== undefined) {
      arrays.set(key, new Float32Array(size).fill(constant));
      continue;
    }
    const [height = 1, width = 1, second = 1, last = 1] = shape;
    const fanIn = height * width * (kinds.get(layer) === 'DepthwiseConv2D' ? 1 : second);
    const limit = Math.sqrt(6 / fanIn);
    const kernel = new Float32Array(size);
    for (let at = 0; at < size; at += 1) kernel[at] = (next() * 2 - 1) * limit;
    if (height === 1) centreOutputs(kernel, last);
    arrays.set(key, kernel);
  }
  return arrays;
}
