import { type KerasWeights, weightArray } from '../weights/keras-weights.ts';
import { BATCH_NORM_EPSILON, LAYERS, type Layer } from './layers.ts';

/** A convolution with its batch norm folded in: one kernel and one bias for both. */
export interface Folded {
  /** [out, in / groups, height, width]. */
  readonly dims: readonly number[];
  readonly kernel: Float32Array;
  readonly bias: Float64Array;
}

/**
 * A convolution and its batch norm as one convolution in ONNX' order [out, in / groups, height, width], in
 * float64, the kernel then rounded to float32: kernel·γ/√(σ² + ε) and β − μ·γ/√(σ² + ε) (arXiv:1502.03167,
 * section 3.1).
 */
function fold(weights: KerasWeights, layer: Layer, norm: Layer): Folded {
  const [gamma, beta, mean, variance] = ['gamma', 'beta', 'moving_mean', 'moving_variance'].map((name) =>
    weightArray(weights, `${norm.name}/${name}`),
  ) as [Float32Array, Float32Array, Float32Array, Float32Array];
  const array = layer.weights[0];
  if (array === undefined) throw new RangeError(`${layer.name} has no kernel`);
  const keras = weightArray(weights, `${layer.name}/${array.name}`);
  const [height = 0, width = 0, second = 0, last = 0] = array.shape;
  // Keras: [h, w, in, out], and [h, w, channels, 1] for a depthwise one.
  const depthwise = layer.kind === 'DepthwiseConv2D';
  const [outs, ins] = depthwise ? [second, 1] : [last, second];
  const kernel = new Float32Array(keras.length);
  const bias = new Float64Array(outs);
  const area = height * width;
  for (let out = 0; out < outs; out += 1) {
    const scale = gamma[out]! / Math.sqrt(variance[out]! + BATCH_NORM_EPSILON);
    bias[out] = beta[out]! - mean[out]! * scale;
    for (let input = 0; input < ins; input += 1) {
      for (let at = 0; at < area; at += 1) {
        const from = depthwise ? at * second + out : (at * second + input) * last + out;
        kernel[(out * ins + input) * area + at] = keras[from]! * scale;
      }
    }
  }
  return { dims: [outs, ins, height, width], kernel, bias };
}

/** True for the two kinds of layers that have a kernel. */
export function isConvolution({ kind }: Pick<Layer, 'kind'>): boolean {
  return kind === 'Conv2D' || kind === 'DepthwiseConv2D';
}

/** A convolution of the network with the batch norm that follows it folded in. Cost: one pass over it. */
export function foldLayer(weights: KerasWeights, layer: Layer): Folded {
  const norm = LAYERS.find(
    ({ kind, inputs: [from] }) => kind === 'BatchNormalization' && from === layer.name,
  );
  if (norm === undefined) throw new RangeError(`${layer.name} has no batch norm`);
  return fold(weights, layer, norm);
}

/**
 * Keras' padding as ONNX' [top, left, bottom, right]. 'same' with stride 2 on an even side pads bottom and
 * right only.
 */
export function padding(layer: Layer): readonly number[] {
  const side = layer.weights[0]?.shape[0] ?? 1;
  if (side === 1) return [0, 0, 0, 0];
  return layer.stride === 2 ? [0, 0, 1, 1] : [1, 1, 1, 1];
}
