import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sha256 } from '@verger/core';
import { Tensor } from 'onnxruntime-node';
import { plainFeatures } from '../testing/plain-network.ts';
import { expectedArrays, type KerasWeights } from '../weights/keras-weights.ts';
import { untrainedWeights } from '../weights/untrained-weights.ts';
import { openSession } from './engine.ts';
import { buildNetwork } from './network.ts';

/** Untrained kernels with batch norms that really scale and shift: a wrong fold, order or epsilon shows. */
function weightsWithNorms(): KerasWeights {
  const weights = new Map(untrainedWeights(5));
  for (const { key, size } of expectedArrays()) {
    const wave = (base: number, height: number) =>
      Float32Array.from({ length: size }, (_, at) => base + height * Math.sin(at * 1.7 + key.length));
    if (key.endsWith('gamma')) weights.set(key, wave(1, 0.3));
    if (key.endsWith('beta')) weights.set(key, wave(0, 0.2));
    if (key.endsWith('moving_mean')) weights.set(key, wave(0.05, 0.1));
    if (key.endsWith('moving_variance')) weights.set(key, wave(1, 0.3));
  }
  return weights;
}

const pixels = Uint8Array.from({ length: 224 * 224 * 3 }, (_, at) => (at * 2654435761) >>> 24);

test('the network computes what the layers say: padding, norms, ReLU6, residuals, pooling', async () => {
  const weights = weightsWithNorms();
  const session = await openSession(buildNetwork(weights));
  const { features } = await session.run({ pixels: new Tensor('uint8', pixels, [1, 224, 224, 3]) });
  await session.release();
  const seen = features?.data as Float32Array;
  const plain = plainFeatures(weights, pixels);
  assert.deepEqual(features?.dims, [1, 1280]);
  assert.ok(Math.max(...plain) > 0.5, 'the oracle gives more than zeros');
  const difference = plain.reduce((most, value, at) => Math.max(most, Math.abs(value - seen[at]!)), 0);
  assert.ok(difference < 2e-4, `differs by ${difference}`);
});

test('the same weights give the same bytes', () => {
  const once = sha256(buildNetwork(untrainedWeights(1)));
  assert.equal(sha256(buildNetwork(untrainedWeights(1))), once);
  assert.notEqual(sha256(buildNetwork(untrainedWeights(2))), once);
});
