import { LAYERS, type Layer } from '../network/layers.ts';
import { type KerasWeights, weightArray } from '../weights/keras-weights.ts';

/** Values of one layer: row-major [height, width, channels]. */
interface Values {
  readonly data: Float64Array;
  readonly shape: readonly number[];
}

const sides = ({ shape }: { shape: readonly number[] }): [number, number, number] => [
  shape[0] ?? 0,
  shape[1] ?? 0,
  shape[2] ?? 0,
];

/** How many rows of zeros TensorFlow puts before the first one: half of what 'same' needs, rounded down. */
function padBefore(layer: Layer, input: number, kernel: number): number {
  if (layer.padding === 'valid') return 0;
  const out = Math.ceil(input / layer.stride);
  return Math.floor(Math.max(0, (out - 1) * layer.stride + kernel - input) / 2);
}

function convolve(layer: Layer, input: Values, kernel: Float32Array): Values {
  const [height, width, channels] = sides(input);
  const [outHeight, outWidth, outs] = sides(layer);
  const side = layer.weights[0]?.shape[0] ?? 1;
  const [top, left] = [padBefore(layer, height, side), padBefore(layer, width, side)];
  const data = new Float64Array(outHeight * outWidth * outs);
  const depthwise = layer.kind === 'DepthwiseConv2D';
  for (let at = 0; at < outHeight * outWidth * side * side; at += 1) {
    const tap = at % (side * side);
    const pixel = (at - tap) / (side * side);
    const y = Math.floor(pixel / outWidth) * layer.stride + Math.floor(tap / side) - top;
    const x = (pixel % outWidth) * layer.stride + (tap % side) - left;
    if (y < 0 || x < 0 || y >= height || x >= width) continue;
    const from = (y * width + x) * channels;
    for (let channel = 0; channel < channels; channel += 1) {
      const value = input.data[from + channel]!;
      if (depthwise) data[pixel * outs + channel]! += value * kernel[tap * channels + channel]!;
      else {
        const row = (tap * channels + channel) * outs;
        for (let out = 0; out < outs; out += 1) data[pixel * outs + out]! += value * kernel[row + out]!;
      }
    }
  }
  return { data, shape: layer.shape };
}

function normalise(weights: KerasWeights, layer: Layer, input: Values): Values {
  const of = (name: string) => weightArray(weights, `${layer.name}/${name}`);
  const [gamma, beta, mean, variance] = [of('gamma'), of('beta'), of('moving_mean'), of('moving_variance')];
  const channels = gamma.length;
  const data = input.data.map((value, at) => {
    const c = at % channels;
    return (gamma[c]! * (value - mean[c]!)) / Math.sqrt(variance[c]! + 1e-3) + beta[c]!;
  });
  return { data, shape: layer.shape };
}

function padFarSide(layer: Layer, input: Values): Values {
  const [, width, channels] = sides(input);
  const [height, padded] = sides(layer);
  const data = new Float64Array(height * padded * channels);
  for (let y = 0; y < height - 1; y += 1)
    data.set(input.data.subarray(y * width * channels, (y + 1) * width * channels), y * padded * channels);
  return { data, shape: layer.shape };
}

function average(layer: Layer, input: Values): Values {
  const [height, width, channels] = sides(input);
  const data = new Float64Array(channels);
  for (const [at, value] of input.data.entries()) data[at % channels]! += value / (height * width);
  return { data, shape: layer.shape };
}

function compute(layer: Layer, inputs: readonly Values[], weights: KerasWeights): Values {
  const [input, other] = inputs as [Values, Values];
  switch (layer.kind) {
    case 'InputLayer':
      return input;
    case 'Conv2D':
    case 'DepthwiseConv2D':
      return convolve(layer, input, weightArray(weights, `${layer.name}/${layer.weights[0]?.name}`));
    case 'BatchNormalization':
      return normalise(weights, layer, input);
    case 'ReLU':
      return { data: input.data.map((value) => Math.min(6, Math.max(0, value))), shape: layer.shape };
    case 'ZeroPadding2D':
      return padFarSide(layer, input);
    case 'Add':
      return { data: input.data.map((value, at) => value + other.data[at]!), shape: layer.shape };
    case 'GlobalAveragePooling2D':
      return average(layer, input);
  }
}

/**
 * Features of 224×224 RGB bytes, layer by layer in float64, as Keras describes them: the tests' oracle. Cost:
 * a second or two.
 */
export function plainFeatures(weights: KerasWeights, pixels: Uint8Array): Float64Array {
  const image: Values = { data: Float64Array.from(pixels, (byte) => byte / 127.5 - 1), shape: [224, 224, 3] };
  const values = new Map<string, Values>();
  for (const layer of LAYERS) {
    const inputs = layer.inputs.map((name) => values.get(name)!);
    values.set(layer.name, compute(layer, inputs.length === 0 ? [image] : inputs, weights));
  }
  return values.get(LAYERS.at(-1)?.name ?? '')?.data ?? new Float64Array();
}
