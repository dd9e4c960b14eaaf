import { FEATURES, type Pixels } from '@verger/core';
import { INPUT_SIDE } from '../network/layers.ts';
import { NETWORK_START } from '../network/network-graph.ts';
import { readNetwork, type StoredConvolution } from '../network/read-network.ts';
import { type NetworkTensor, TENSORS } from '../network/tensors.ts';
import type { Tensor, TensorFlow } from './tensorflow-api.ts';

/** x / 127.5 − 1 in float32, for each byte. */
const NORMALISED = Float32Array.from({ length: 256 }, (_, byte) => Math.fround(byte / 127.5) - 1);

const LAST = TENSORS.at(-1)?.name ?? '';

/** How many tensors are computed from each one. */
const READERS = TENSORS.reduce((counts, { inputs }) => {
  for (const name of inputs) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}, new Map<string, number>());

/** [out, in / groups, height, width] as TensorFlow's [height, width, in, out], or [height, width, out, 1]. */
function tensorOf(tf: TensorFlow, { dims, kernel }: StoredConvolution, depthwise: boolean): Tensor {
  const [outs = 0, ins = 0, height = 0, width = 0] = dims;
  const area = height * width;
  const values = new Float32Array(kernel.length);
  let to = 0;
  for (let at = 0; at < area; at += 1)
    for (let input = 0; input < ins; input += 1)
      for (let out = 0; out < outs; out += 1, to += 1) values[to] = kernel[(out * ins + input) * area + at]!;
  return tf.tensor(values, depthwise ? [height, width, outs, 1] : [height, width, ins, outs]);
}

interface Constants {
  readonly filter: Tensor;
  readonly bias: Tensor;
}

function compute(
  tf: TensorFlow,
  { convolution, relu }: NetworkTensor,
  { inputs, constants }: { readonly inputs: readonly Tensor[]; readonly constants: Constants | undefined },
): Tensor {
  const [x, other] = inputs as [Tensor, Tensor];
  if (convolution === undefined || constants === undefined) return tf.add(x, other);
  const activation = relu ? 'relu6' : 'linear';
  // Paddings belong to their convolutions: 'same' pads as they do.
  const options = { x, strides: convolution.stride, pad: 'same', activation, ...constants } as const;
  return convolution.kind === 'DepthwiseConv2D'
    ? tf.fused.depthwiseConv2d(options)
    : tf.fused.conv2d(options);
}

/** The features of one image; each tensor is freed after the last one that is computed from it. */
function run(tf: TensorFlow, image: Tensor, constants: ReadonlyMap<string, Constants>): Tensor {
  const results = new Map<string, Tensor>([[NETWORK_START, image]]);
  const readers = new Map(READERS);
  for (const tensor of TENSORS) {
    const inputs = tensor.inputs.map((name) => results.get(name)!);
    results.set(tensor.name, compute(tf, tensor, { inputs, constants: constants.get(tensor.name) }));
    for (const [at, name] of tensor.inputs.entries()) {
      const left = (readers.get(name) ?? 0) - 1;
      readers.set(name, left);
      if (left === 0) inputs[at]?.dispose();
    }
  }
  const last = results.get(LAST)!;
  const features = tf.mean(last, [1, 2]);
  last.dispose();
  return features;
}

/**
 * A network in TensorFlow.js, of any backend: folded convolutions with their bias and ReLU6 fused in. Between
 * images it holds its weights and nothing else. Errors: E_INTERNAL for a model that is not `buildNetwork`'s.
 */
export function openNetwork(tf: TensorFlow, network: Uint8Array) {
  const kinds = new Map(TENSORS.map(({ name, convolution }) => [name, convolution?.kind]));
  const constants = new Map(
    [...readNetwork(network)].map(([name, stored]) => {
      const filter = tensorOf(tf, stored, kinds.get(name) === 'DepthwiseConv2D');
      return [name, { filter, bias: tf.tensor(stored.bias, [stored.bias.length]) }];
    }),
  );
  const image = new Float32Array(INPUT_SIDE * INPUT_SIDE * 3);
  return {
    infer: async (pixels: Pixels): Promise<Float32Array> => {
      for (let at = 0; at < image.length; at += 1) image[at] = NORMALISED[pixels[at]!]!;
      // Without a pause: another image cannot come between.
      const features = new Float32Array(FEATURES);
      tf.tidy(() => {
        features.set(run(tf, tf.tensor(image, [1, INPUT_SIDE, INPUT_SIDE, 3]), constants).dataSync());
      });
      return features;
    },
    close: async (): Promise<void> => {
      for (const { filter, bias } of constants.values()) {
        filter.dispose();
        bias.dispose();
      }
    },
  };
}
