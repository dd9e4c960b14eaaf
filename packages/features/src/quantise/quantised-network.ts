import { type TensorRange, VergerError } from '@verger/core';
import { foldLayer } from '../network/fold.ts';
import type { Layer } from '../network/layers.ts';
import {
  addConvolution,
  addFloatConvolution,
  addPooling,
  addRelu6,
  encodeGraph,
  FEATURES_PORT,
  NETWORK_OUTPUT,
  NETWORK_START,
  type NetworkGraph,
  startGraph,
} from '../network/network-graph.ts';
import { byteConstant, float32Constant, int32Constant } from '../network/onnx-model.ts';
import { type NetworkTensor, SIX, TENSORS } from '../network/tensors.ts';
import type { KerasWeights } from '../weights/keras-weights.ts';
import { BEST_WEIGHTS, quantiseConvolution, type WeightChoice } from './quantise-weights.ts';

/** What is quantised, and how. */
export interface QuantiseChoice extends WeightChoice {
  /** Convolutions that stay in float32, by name; those that read the image's pixels must. */
  readonly kept: ReadonlySet<string>;
}

/**
 * The best point that `npm run bench:int8` found (docs/engines.md). The first convolution reads three
 * channels, which int8 does not make faster, and the second, of 32 kernels of very different size, alone does
 * more harm than all others: both stay in float32.
 */
const BEST_CHOICE: QuantiseChoice = {
  ...BEST_WEIGHTS,
  kept: new Set(['Conv1', 'expanded_conv_depthwise']),
};
/** Steps of uint8. */
const STEPS = 255;
/** Products of smaller ones with scales of weights could be 0 in float32. */
const LEAST_STEP = 2 ** -60;

interface Build {
  readonly graph: NetworkGraph;
  readonly weights: KerasWeights;
  readonly choice: QuantiseChoice;
  readonly ranges: ReadonlyMap<string, TensorRange>;
  /** Of each tensor computed so far that was quantised: its scale. */
  readonly scales: Map<string, number>;
}

const dequantised = (name: string) => `${name}/dequantised`;

function rangeOf(
  { ranges }: Pick<Build, 'ranges'>,
  { name, channels }: Pick<NetworkTensor, 'name' | 'channels'>,
) {
  const range = ranges.get(name);
  if (range?.means.length === channels) return range;
  throw new VergerError('E_CALIBRATION', {}, { detail: `It has no range of ${name}.` });
}

/**
 * Appends the rounding of a tensor to uint8, and back. A tensor with ReLU6 always has [0, 6], which clips it
 * as ReLU6 would; 0 is exact in the others, as padding needs it.
 */
function addRounding(build: Build, tensor: NetworkTensor, from: string): void {
  const { graph, scales } = build;
  const { name, relu } = tensor;
  const range = rangeOf(build, tensor);
  const least = relu ? 0 : Math.min(0, range.min);
  const greatest = relu ? SIX : Math.max(0, range.max);
  // All zero: any scale is right.
  const scale = Math.fround((greatest - least || 1) / STEPS);
  if (scale < LEAST_STEP)
    throw new VergerError('E_CALIBRATION', {}, { detail: `The range of ${name} is too narrow.` });
  const parameters = [`${name}/scale`, `${name}/zero`] as const;
  graph.constants.push(
    float32Constant(parameters[0], [], [scale]),
    byteConstant(parameters[1], [], Uint8Array.of(Math.round(-least / scale))),
  );
  const rounded = `${name}/rounded`;
  graph.nodes.push(
    { op: 'QuantizeLinear', inputs: [from, ...parameters], output: rounded },
    { op: 'DequantizeLinear', inputs: [rounded, ...parameters], output: dequantised(name) },
  );
  scales.set(name, scale);
}

function addQuantisedConvolution(build: Build, layer: Layer, { name, inputs }: NetworkTensor): void {
  const { graph, weights, choice, scales } = build;
  const input = TENSORS.find((tensor) => tensor.name === inputs[0]);
  const inputScale = scales.get(input?.name ?? '');
  if (input === undefined || inputScale === undefined) throw new RangeError(`${name} reads no integers`);
  const inputMeans = rangeOf(build, input).means;
  const reads = { layer, inputScale, inputMeans };
  const quantised = quantiseConvolution(foldLayer(weights, layer), reads, choice);
  const { dims } = quantised;
  const outs = [quantised.scales.length];
  const [kernel, bias] = [`${name}/kernel`, `${name}/bias`];
  graph.constants.push(
    byteConstant(`${kernel}/int8`, dims, quantised.weights),
    float32Constant(`${kernel}/scales`, outs, quantised.scales),
    int32Constant(`${bias}/int32`, outs, quantised.biases),
    float32Constant(`${bias}/scales`, outs, quantised.biasScales),
  );
  const attributes = { axis: 0 };
  graph.nodes.push(
    { op: 'DequantizeLinear', inputs: [`${kernel}/int8`, `${kernel}/scales`], output: kernel, attributes },
    { op: 'DequantizeLinear', inputs: [`${bias}/int32`, `${bias}/scales`], output: bias, attributes },
  );
  addConvolution(graph, layer, { dims, inputs: [dequantised(input.name), kernel, bias], output: name });
}

function addTensor(build: Build, tensor: NetworkTensor): void {
  const { graph, weights, choice, scales } = build;
  const { kept } = choice;
  const { name, convolution, relu, inputs } = tensor;
  if (convolution === undefined) {
    graph.nodes.push({ op: 'Add', inputs: inputs.map(dequantised), output: name });
  } else if (!kept.has(name)) {
    addQuantisedConvolution(build, convolution, tensor);
  } else {
    const read = TENSORS.some((other) => kept.has(other.name) && other.inputs.includes(name));
    const [from = NETWORK_START] = inputs;
    const input = scales.has(from) ? dequantised(from) : from;
    const output = read && relu ? `${name}/linear` : name;
    addFloatConvolution(graph, convolution, { folded: foldLayer(weights, convolution), input, output });
    if (output !== name) addRelu6(graph, output, name);
    if (read) return;
  }
  addRounding(build, tensor, name);
}

/**
 * MobileNetV2 without its head with int8 weights (a scale for each output channel) and uint8 tensors (one
 * scale each), written as float32 operations between roundings (QDQ), which onnxruntime makes integer ones
 * of. Same input and output as `buildNetwork`; the same weights and ranges give the same bytes; `choice` is
 * for benches. Cost: 0.1 s, 3 MB. Errors: E_CALIBRATION when a range is missing.
 */
export function buildQuantisedNetwork(
  weights: KerasWeights,
  ranges: readonly TensorRange[],
  choice: Partial<QuantiseChoice> = {},
): Uint8Array {
  const graph = startGraph();
  const build = {
    graph,
    weights,
    choice: { ...BEST_CHOICE, ...choice },
    ranges: new Map(ranges.map((range) => [range.tensor, range])),
    scales: new Map<string, number>(),
  };
  for (const tensor of TENSORS) addTensor(build, tensor);
  addPooling(graph, dequantised(TENSORS.at(-1)?.name ?? ''), NETWORK_OUTPUT);
  return encodeGraph('mobilenetv2-1.0-224-int8', graph, [FEATURES_PORT]);
}
