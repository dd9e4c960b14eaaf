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
import { ELEMENT, type GraphNode } from '../network/onnx-model.ts';
import { ALL_CHANNELS, LINEAR_TENSORS, type NetworkTensor, TENSORS } from '../network/tensors.ts';
import type { KerasWeights } from '../weights/keras-weights.ts';

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

/** Appends a node for each of these tensors, and joins what they give to one output. */
function addReduction(
  { nodes }: NetworkGraph,
  tensors: readonly NetworkTensor[],
  {
    op,
    axis,
    output,
    ...rest
  }: { op: string; axis: number; output: string; attributes?: NonNullable<GraphNode['attributes']> },
): void {
  const parts = tensors.map(({ name }) => `${name}/${output}`);
  for (const [index, { name }] of tensors.entries()) {
    nodes.push({ op, inputs: [name], output: parts[index] ?? '', ...rest });
  }
  nodes.push({ op: 'Concat', inputs: parts, output, attributes: { axis } });
}

/**
 * The float32 network as an ONNX model that also gives the least and the greatest value of each linear tensor
 * ([LINEAR_TENSORS]) and the mean of each channel of all tensors ([ALL_CHANNELS]). Cost: 90 ms, 9 MB.
 */
export function buildRangeNetwork(weights: KerasWeights): Uint8Array {
  const graph = startGraph();
  for (const tensor of TENSORS) addTensor(graph, tensor, weights);
  const { least, greatest, means } = RANGE_OUTPUTS;
  const attributes = { axes: [1, 2, 3], keepdims: 0 };
  addReduction(graph, LINEAR_TENSORS, { op: 'ReduceMin', axis: 0, output: least, attributes });
  addReduction(graph, LINEAR_TENSORS, { op: 'ReduceMax', axis: 0, output: greatest, attributes });
  // Pooling knows the order in which convolutions leave their results; a ReduceMean would have them
  // reordered.
  addReduction(graph, TENSORS, { op: 'GlobalAveragePool', axis: 1, output: means });
  addPooling(graph, TENSORS.at(-1)?.name ?? NETWORK_START, NETWORK_OUTPUT);
  const { float32: element } = ELEMENT;
  return encodeGraph('mobilenetv2-1.0-224-ranges', graph, [
    FEATURES_PORT,
    { name: least, element, dims: [LINEAR_TENSORS.length] },
    { name: greatest, element, dims: [LINEAR_TENSORS.length] },
    { name: means, element, dims: [1, ALL_CHANNELS, 1, 1] },
  ]);
}
