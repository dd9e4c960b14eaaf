import { FEATURES } from '@verger/core';
import { type KerasWeights, weightArray } from '../weights/keras-weights.ts';
import { BATCH_NORM_EPSILON, INPUT_SIDE, LAYERS, type Layer } from './layers.ts';
import { type Constant, ELEMENT, encodeOnnx, float32Bytes, type GraphNode } from './onnx-model.ts';

/** Names of the network's input (uint8 [1, 224, 224, 3]) and output (float32 [1, 1280]). */
export const NETWORK_INPUT = 'pixels';
/** The name of the graph output. */
export const NETWORK_OUTPUT = 'features';

const float32 = (name: string, dims: readonly number[], values: ArrayLike<number>): Constant => ({
  name,
  element: ELEMENT.float32,
  dims,
  data: float32Bytes(values),
});

interface Folded {
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

/**
 * Keras' padding as ONNX' [top, left, bottom, right]. 'same' with stride 2 on an even side pads bottom and
 * right only.
 */
function padding(layer: Layer): readonly number[] {
  const side = layer.weights[0]?.shape[0] ?? 1;
  if (side === 1) return [0, 0, 0, 0];
  return layer.stride === 2 ? [0, 0, 1, 1] : [1, 1, 1, 1];
}

/** Appends what a layer computes; `names` maps each layer to the tensor that holds its output. */
function addLayer(
  layer: Layer,
  graph: { nodes: GraphNode[]; constants: Constant[]; names: Map<string, string> },
  weights: KerasWeights,
): void {
  const { nodes, constants, names } = graph;
  const inputs = layer.inputs.map((name) => names.get(name) ?? name);
  names.set(layer.name, layer.name);
  if (layer.kind === 'Conv2D' || layer.kind === 'DepthwiseConv2D') {
    const norm = LAYERS.find(
      ({ kind, inputs: [from] }) => kind === 'BatchNormalization' && from === layer.name,
    );
    if (norm === undefined) throw new RangeError(`${layer.name} has no batch norm`);
    const { dims, kernel, bias } = fold(weights, layer, norm);
    constants.push(
      float32(`${layer.name}/kernel`, dims, kernel),
      float32(`${layer.name}/bias`, [bias.length], bias),
    );
    nodes.push({
      op: 'Conv',
      inputs: [...inputs, `${layer.name}/kernel`, `${layer.name}/bias`],
      output: layer.name,
      attributes: {
        group: layer.kind === 'DepthwiseConv2D' ? bias.length : 1,
        kernel_shape: dims.slice(2),
        pads: padding(layer),
        strides: [layer.stride, layer.stride],
      },
    });
  } else if (layer.kind === 'ReLU') {
    nodes.push({ op: 'Clip', inputs: [...inputs, 'zero', 'six'], output: layer.name });
  } else if (layer.kind === 'Add') {
    nodes.push({ op: 'Add', inputs, output: layer.name });
  } else if (layer.kind === 'GlobalAveragePooling2D') {
    nodes.push(
      { op: 'GlobalAveragePool', inputs, output: layer.name },
      { op: 'Flatten', inputs: [layer.name], output: NETWORK_OUTPUT, attributes: { axis: 1 } },
    );
  } else {
    // Batch norms are folded, and paddings belong to the convolution that follows.
    names.set(layer.name, inputs[0] ?? 'normalised');
  }
}

/**
 * MobileNetV2 without its head as an ONNX model: uint8 pixels [1, 224, 224, 3] in, float32 features [1, 1280]
 * out; x / 127.5 − 1 is done inside. The same weights give the same bytes. Cost: 90 ms, 9 MB.
 */
export function buildNetwork(weights: KerasWeights): Uint8Array {
  const nodes: GraphNode[] = [
    { op: 'Cast', inputs: [NETWORK_INPUT], output: 'float', attributes: { to: ELEMENT.float32 } },
    { op: 'Div', inputs: ['float', 'half'], output: 'scaled' },
    { op: 'Sub', inputs: ['scaled', 'one'], output: 'centred' },
    { op: 'Transpose', inputs: ['centred'], output: 'normalised', attributes: { perm: [0, 3, 1, 2] } },
  ];
  const constants = [
    float32('half', [], [127.5]),
    float32('one', [], [1]),
    float32('zero', [], [0]),
    float32('six', [], [6]),
  ];
  const graph = { nodes, constants, names: new Map<string, string>() };
  for (const layer of LAYERS) addLayer(layer, graph, weights);
  return encodeOnnx({
    name: 'mobilenetv2-1.0-224',
    input: { name: NETWORK_INPUT, element: ELEMENT.uint8, dims: [1, INPUT_SIDE, INPUT_SIDE, 3] },
    output: { name: NETWORK_OUTPUT, element: ELEMENT.float32, dims: [1, FEATURES] },
    nodes,
    constants,
  });
}
