import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sha256 } from '@verger/core';
import { Tensor } from 'onnxruntime-node';
import { plainFeatures } from '../testing/plain-network.ts';
import { weightsWithNorms } from '../testing/weights-with-norms.ts';
import { untrainedWeights } from '../weights/untrained-weights.ts';
import { openSession } from './engine.ts';
import { buildNetwork } from './network.ts';

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
