import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LAYERS } from '../network/layers.ts';
import { quantiseConvolution } from './quantise-weights.ts';

const layerOf = (kind: 'Conv2D' | 'DepthwiseConv2D') => {
  const layer = LAYERS.find((one) => one.kind === kind);
  assert.ok(layer);
  return layer;
};
const pointwise = layerOf('Conv2D');
const depthwise = layerOf('DepthwiseConv2D');

test('each output channel has its own scale: its largest weight is 127', () => {
  const folded = {
    dims: [2, 2, 1, 1],
    kernel: Float32Array.of(1, -0.25, 0.005, 0.02),
    bias: new Float64Array(2),
  };
  const { weights, scales, biases } = quantiseConvolution(folded, {
    layer: pointwise,
    inputScale: 0.1,
    inputMeans: [0, 0],
  });
  assert.deepEqual([...weights], [127, -32, 32, 127]);
  assert.deepEqual([...scales], [Math.fround(1 / 127), Math.fround(Math.fround(0.02) / 127)]);
  assert.deepEqual([...biases], [0, 0]);
});

test('the mean that rounding takes is given back to the bias, of the channel that a kernel reads', () => {
  const kernel = Float32Array.of(1, 0.4 / 127, 1, 0.4 / 127);
  const means = [0, 100];
  const ofPointwise = quantiseConvolution(
    { dims: [2, 2, 1, 1], kernel, bias: new Float64Array(2) },
    { layer: pointwise, inputScale: 1, inputMeans: means },
  );
  // 0.4 of a step is rounded to nothing; at a mean of 100 that is 40 steps.
  assert.deepEqual([...ofPointwise.biases], [40, 40]);
  const ofDepthwise = quantiseConvolution(
    { dims: [2, 1, 1, 2], kernel, bias: new Float64Array(2) },
    { layer: depthwise, inputScale: 1, inputMeans: means },
  );
  assert.deepEqual([...ofDepthwise.biases], [0, 40]);
});

test('a channel that is all bias keeps its bias: int32 would not hold it at the scale of its weights', () => {
  for (const weight of [0, 1e-12]) {
    const folded = { dims: [1, 1, 1, 1], kernel: Float32Array.of(weight), bias: Float64Array.of(-4) };
    const { biases, biasScales } = quantiseConvolution(folded, {
      layer: pointwise,
      inputScale: 0.02,
      inputMeans: [1],
    });
    assert.ok(Math.abs(biases[0]! * biasScales[0]! + 4) < 1e-6, `${biases[0]} · ${biasScales[0]}`);
    assert.ok(Math.abs(biases[0]!) <= 2 ** 24 + 1);
  }
});
