import { foldLayer } from '../network/fold.ts';
import {
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
import { ELEMENT } from '../network/onnx-model.ts';
import type { KerasWeights } from '../weights/keras-weights.ts';
import { ALL_CHANNELS, type NetworkTensor, TENSORS } from './tensors.ts';

/** Names of what the range network gives beside the features. */
export const RANGE_OUTPUTS = { least: 'least', greatest: 'greatest', means: 'means' } as const;

function addTensor(graph: NetworkGraph, tensor: NetworkTensor, weights: KerasWeights): void {
  const { name, convolution, relu, inputs } = tensor;
  if (convolution === undefined) {
    graph.nodes.push({ op: 'Add', inputs, output: name });
    return;
  }
  const [input = NETWORK_START] = inputs;
  const output = relu ? `${name}/linear` : name;
  addFloatConvolution(graph, convolution, { folded: foldLayer(weights, convolution), input, output });
  if (relu) addRelu6(graph, output, name);
}

/** Appends one number, or one a channel, of each tensor, and joins them to one output. */
function addReduction(
  { nodes }: NetworkGraph,
  { op, axes, output }: { op: string; axes: readonly number[]; output: string },
): void {
  const parts = TENSORS.map(({ name }) => `${name}/${output}`);
  for (const [index, { name }] of TENSORS.entries()) {
    nodes.push({ op, inputs: [name], output: parts[index] ?? '', attributes: { axes, keepdims: 0 } });
  }
  nodes.push({ op: 'Concat', inputs: parts, output, attributes: { axis: -1 } });
}

/**
 * The float32 network as an ONNX model that also gives, of each tensor, its least and greatest value
 * ([tensors]) and the means of its channels ([1, ALL_CHANNELS]). Cost: 90 ms, 9 MB.
 */
export function buildRangeNetwork(weights: KerasWeights): Uint8Array {
  const graph = startGraph();
  for (const tensor of TENSORS) addTensor(graph, tensor, weights);
  const { least, greatest, means } = RANGE_OUTPUTS;
  addReduction(graph, { op: 'ReduceMin', axes: [1, 2, 3], output: least });
  addReduction(graph, { op: 'ReduceMax', axes: [1, 2, 3], output: greatest });
  addReduction(graph, { op: 'ReduceMean', axes: [2, 3], output: means });
  addPooling(graph, TENSORS.at(-1)?.name ?? NETWORK_START, NETWORK_OUTPUT);
  const { float32: element } = ELEMENT;
  return encodeGraph('mobilenetv2-1.0-224-ranges', graph, [
    FEATURES_PORT,
    { name: least, element, dims: [TENSORS.length] },
    { name: greatest, element, dims: [TENSORS.length] },
    { name: means, element, dims: [1, ALL_CHANNELS] },
  ]);
}
