import { FEATURES } from '@verger/core';
import { type Folded, padding } from './fold.ts';
import { INPUT_SIDE, type Layer } from './layers.ts';
import { type Constant, ELEMENT, float32Constant, type GraphNode, type Port } from './onnx-model.ts';
import { encodeOnnx } from './onnx-protobuf.ts';

/** Name of the network's input: uint8 [1, 224, 224, 3]. */
export const NETWORK_INPUT = 'pixels';
/** Name of its output: float32 [1, 1280]. */
export const NETWORK_OUTPUT = 'features';
/** Name of what the first convolution reads: pixels in [-1, 1], float32 [1, 3, 224, 224]. */
export const NETWORK_START = 'normalised';
/** The port of the features. */
export const FEATURES_PORT: Port = { name: NETWORK_OUTPUT, element: ELEMENT.float32, dims: [1, FEATURES] };

/** The nodes and constants of a network under construction. */
export interface NetworkGraph {
  readonly nodes: GraphNode[];
  readonly constants: Constant[];
}

/** A graph that takes pixels and gives `NETWORK_START`: x / 127.5 − 1, channels first. */
export function startGraph(): NetworkGraph {
  return {
    nodes: [
      { op: 'Cast', inputs: [NETWORK_INPUT], output: 'float', attributes: { to: ELEMENT.float32 } },
      { op: 'Div', inputs: ['float', 'half'], output: 'scaled' },
      { op: 'Sub', inputs: ['scaled', 'one'], output: 'centred' },
      { op: 'Transpose', inputs: ['centred'], output: NETWORK_START, attributes: { perm: [0, 3, 1, 2] } },
    ],
    constants: [
      float32Constant('half', [], [127.5]),
      float32Constant('one', [], [1]),
      float32Constant('zero', [], [0]),
      float32Constant('six', [], [6]),
    ],
  };
}

/** Which tensors a convolution reads: input, kernel, bias. */
export type ConvolutionInputs = readonly [string, string, string];

/** Appends a convolution node; its kernel has the shape of `dims`. */
export function addConvolution(
  { nodes }: NetworkGraph,
  layer: Layer,
  { dims, inputs, output }: Pick<Folded, 'dims'> & { inputs: ConvolutionInputs; output: string },
): void {
  nodes.push({
    op: 'Conv',
    inputs,
    output,
    attributes: {
      group: layer.kind === 'DepthwiseConv2D' ? (dims[0] ?? 1) : 1,
      kernel_shape: dims.slice(2),
      pads: padding(layer),
      strides: [layer.stride, layer.stride],
    },
  });
}

/** Appends a float32 convolution with its constants. */
export function addFloatConvolution(
  graph: NetworkGraph,
  layer: Layer,
  { folded, input, output }: { folded: Folded; input: string; output: string },
): void {
  const { dims, kernel, bias } = folded;
  const names: ConvolutionInputs = [input, `${layer.name}/kernel`, `${layer.name}/bias`];
  graph.constants.push(
    float32Constant(names[1], dims, kernel),
    float32Constant(names[2], [bias.length], bias),
  );
  addConvolution(graph, layer, { dims, inputs: names, output });
}

/** Appends ReLU6. */
export function addRelu6({ nodes }: NetworkGraph, input: string, output: string): void {
  nodes.push({ op: 'Clip', inputs: [input, 'zero', 'six'], output });
}

/** Appends the mean of each channel over all places, as [1, channels]. */
export function addPooling({ nodes }: NetworkGraph, input: string, output: string): void {
  const pooled = 'global_average_pooling2d';
  nodes.push(
    { op: 'GlobalAveragePool', inputs: [input], output: pooled },
    { op: 'Flatten', inputs: [pooled], output, attributes: { axis: 1 } },
  );
}

/** The graph as an ONNX model. */
export function encodeGraph(
  name: string,
  { nodes, constants }: NetworkGraph,
  outputs: readonly Port[],
): Uint8Array {
  const dims = [1, INPUT_SIDE, INPUT_SIDE, 3];
  return encodeOnnx({
    name,
    input: { name: NETWORK_INPUT, element: ELEMENT.uint8, dims },
    outputs,
    nodes,
    constants,
  });
}
