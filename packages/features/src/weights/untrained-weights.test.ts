import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expectedArrays } from './keras-weights.ts';
import { prepareNetwork } from './prepare.ts';
import { untrainedWeights } from './untrained-weights.ts';

test('every array is there, in order and of its size', () => {
  const weights = untrainedWeights(3);
  assert.deepEqual(
    [...weights.keys()],
    expectedArrays().map(({ key }) => key),
  );
  for (const { key, size } of expectedArrays()) assert.equal(weights.get(key)?.length, size);
});

test('a seed gives the same bits on every machine, another seed others', async () => {
  const { fingerprint } = await prepareNetwork({ kind: 'untrained', seed: 1 });
  assert.equal(fingerprint.weightsSha256, '842a202156a259bec4f8d664f48a23b1b735d2954ed0325b7b906c0a06ac20d8');
  assert.equal(fingerprint.weightsKind, 'untrained');
  const other = await prepareNetwork({ kind: 'untrained', seed: 2 });
  assert.notEqual(other.fingerprint.weightsSha256, fingerprint.weightsSha256);
});

test('kernels that join channels pass on nothing of what all channels share', () => {
  const weights = untrainedWeights(1);
  const kernel = weights.get('block_3_project/kernel');
  assert.ok(kernel);
  for (let out = 0; out < 32; out += 1) {
    let sum = 0;
    for (let at = out; at < kernel.length; at += 32) sum += kernel[at]!;
    assert.ok(Math.abs(sum) < 1e-5, `output ${out} adds up to ${sum}`);
  }
});
