import { FEATURES, type Pixels } from '@verger/core';
import { isConvolution } from '../network/fold.ts';
import { INPUT_SIDE, LAYERS, type Layer } from '../network/layers.ts';
import { readNetwork, type StoredConvolution } from '../network/read-network.ts';
import type { Tensor, TensorFlow } from './tensorflow-api.ts';

/** A computed step: a convolution with its bias and its activation, an addition, or the pooling. */
interface Step {
  readonly layer: Layer;
  /** Names of the steps it reads; '' is the image. */
  readonly inputs: readonly string[];
  activation: 'relu6' | 'linear';
}

/** x / 127.5 − 1 in float32, for each byte. */
const NORMALISED = Float32Array.from({ length: 256 }, (_, byte) => Math.fround(byte / 127.5) - 1);

/**
 * The layers of LAYERS as steps: norms are folded, paddings belong to their convolutions ('same' pads as they
 * do), and a ReLU is computed by the convolution before it.
 */
function stepsOf(layers: readonly Layer[]): readonly Step[] {
  const steps = new Map<string, Step>();
  const sources = new Map<string, string>();
  for (const layer of layers) {
    const inputs = layer.inputs.map((name) => sources.get(name) ?? '');
    const isStep = isConvolution(layer) || layer.kind === 'Add' || layer.kind === 'GlobalAveragePooling2D';
    sources.set(layer.name, isStep ? layer.name : (inputs[0] ?? ''));
    if (isStep) steps.set(layer.name, { layer, inputs, activation: 'linear' });
    const source = steps.get(inputs[0] ?? '');
    if (layer.kind === 'ReLU' && source !== undefined) source.activation = 'relu6';
  }
  return [...steps.values()];
}

const STEPS = stepsOf(LAYERS);
const LAST = STEPS.at(-1)?.layer.name ?? '';

/** How many steps read each one. */
const READERS = STEPS.reduce((counts, { inputs }) => {
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
  { layer, activation }: Step,
  { inputs, constants }: { readonly inputs: readonly Tensor[]; readonly constants: Constants | undefined },
): Tensor {
  const [x, other] = inputs as [Tensor, Tensor];
  if (constants === undefined) return layer.kind === 'Add' ? tf.add(x, other) : tf.mean(x, [1, 2]);
  const options = { x, strides: layer.stride, pad: 'same', activation, ...constants } as const;
  return layer.kind === 'DepthwiseConv2D' ? tf.fused.depthwiseConv2d(options) : tf.fused.conv2d(options);
}

/** One image through all steps; each result is freed after the last step that reads it. */
function run(tf: TensorFlow, image: Tensor, constants: ReadonlyMap<string, Constants>): Tensor {
  const results = new Map<string, Tensor>([['', image]]);
  const readers = new Map(READERS);
  for (const step of STEPS) {
    const inputs = step.inputs.map((name) => results.get(name)!);
    results.set(step.layer.name, compute(tf, step, { inputs, constants: constants.get(step.layer.name) }));
    for (const [at, name] of step.inputs.entries()) {
      const left = (readers.get(name) ?? 0) - 1;
      readers.set(name, left);
      if (left === 0) inputs[at]?.dispose();
    }
  }
  return results.get(LAST)!;
}

/**
 * A network in TensorFlow.js, of any backend: folded convolutions with their bias and ReLU6 fused in. Between
 * images it holds its weights and nothing else. Errors: E_INTERNAL for a model that is not `buildNetwork`'s.
 */
export function openNetwork(tf: TensorFlow, network: Uint8Array) {
  const kinds = new Map(LAYERS.map(({ name, kind }) => [name, kind]));
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
