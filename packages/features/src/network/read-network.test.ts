import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VergerError } from '@verger/core';
import { untrainedWeights } from '../weights/untrained-weights.ts';
import { foldLayer, isConvolution } from './fold.ts';
import { LAYERS } from './layers.ts';
import { buildNetwork } from './network.ts';
import { float32Bytes } from './onnx-model.ts';
import { encodeOnnx } from './onnx-protobuf.ts';
import { readNetwork } from './read-network.ts';

test('a network gives back every folded convolution, the bias rounded to float32', () => {
  const weights = untrainedWeights(3);
  const read = readNetwork(buildNetwork(weights));
  const convolutions = LAYERS.filter(isConvolution);
  assert.deepEqual(
    [...read.keys()],
    convolutions.map(({ name }) => name),
  );
  for (const layer of convolutions) {
    const { dims, kernel, bias } = foldLayer(weights, layer);
    assert.deepEqual(read.get(layer.name), { dims, kernel, bias: new Float32Array(bias) }, layer.name);
  }
});

test('what is not such a network is E_INTERNAL: no model, or one with a short kernel', () => {
  const port = { name: 'x', element: 1, dims: [1] };
  const constants = [
    { name: 'Conv1/kernel', element: 1, dims: [32, 3, 3, 3], data: float32Bytes([1, 2, 3]) },
    { name: 'Conv1/bias', element: 1, dims: [32], data: float32Bytes(new Float32Array(32)) },
  ];
  const short = encodeOnnx({ name: 'short', input: port, outputs: [port], nodes: [], constants });
  for (const model of [new Uint8Array(), short]) {
    assert.throws(
      () => readNetwork(model),
      (error) => error instanceof VergerError && error.code === 'E_INTERNAL' && /Conv1/.test(error.message),
    );
  }
});
