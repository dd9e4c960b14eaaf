import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ErrorCode, VergerError } from '@verger/core';
import { type KerasArray, kerasFile } from '@verger/testkit/keras-file';
import { LAYERS } from '../network/layers.ts';
import { hdf5FileBytes } from './hdf5.ts';
import { expectedArrays, type KerasWeights } from './keras-weights.ts';
import { readKerasWeights } from './read-keras-weights.ts';
import { untrainedWeights } from './untrained-weights.ts';

const weights = untrainedWeights(7);

/** Every array of the network, as it is to be written; `change` may replace or drop one. */
function arraysOf(
  source: KerasWeights,
  change: (array: KerasArray) => KerasArray | undefined = (a) => a,
): KerasArray[] {
  return expectedArrays().flatMap(({ key, layer, shape }) => {
    const data = source.get(key);
    assert.ok(data);
    return change({ layer, name: key.slice(layer.length + 1), shape, data }) ?? [];
  });
}

const refusal = (code: ErrorCode, words: RegExp) => (error: unknown) => {
  assert.ok(error instanceof VergerError, String(error));
  assert.equal(error.code, code);
  assert.match(error.message, words);
  return true;
};

test('what was written is read, bit by bit and in order', async () => {
  const read = await readKerasWeights(await kerasFile(arraysOf(weights)));
  assert.deepEqual([...read.keys()], [...weights.keys()]);
  for (const [key, values] of weights) assert.deepEqual(read.get(key), values);
});

test("names without TensorFlow's :0, and a saved model's group, are read too", async () => {
  const read = await readKerasWeights(
    await kerasFile(arraysOf(weights), { suffix: '', within: 'model_weights' }),
  );
  assert.deepEqual(read, weights);
});

test('the variant with top reads the same: its head is not looked at', async () => {
  for (const head of ['Logits', 'predictions']) {
    const top: KerasArray[] = [
      { layer: head, name: 'kernel', shape: [1280, 4], data: new Float32Array(5120) },
      { layer: head, name: 'bias', shape: [4], data: new Float32Array(4) },
    ];
    assert.deepEqual(await readKerasWeights(await kerasFile([...arraysOf(weights), ...top])), weights);
  }
});

test('a file that is cut anywhere is E_WEIGHTS_CORRUPT and says how much is there', async () => {
  const file = await kerasFile(arraysOf(weights));
  assert.equal(hdf5FileBytes(file), file.length);
  for (const share of [0.001, 0.1, 0.5, 0.99]) {
    const length = Math.floor(file.length * share);
    await assert.rejects(
      readKerasWeights(file.subarray(0, length)),
      refusal('E_WEIGHTS_CORRUPT', new RegExp(`${length} of ${file.length} bytes`)),
    );
  }
  await assert.rejects(
    readKerasWeights(file.subarray(0, file.length - 1)),
    refusal('E_WEIGHTS_CORRUPT', /cut short/),
  );
});

test('what is not HDF5 is E_WEIGHTS_CORRUPT', async () => {
  for (const bytes of [new Uint8Array(), Buffer.from('<html>Sign in</html>'), new Uint8Array(4096)])
    await assert.rejects(readKerasWeights(bytes), refusal('E_WEIGHTS_CORRUPT', /not an HDF5 file/));
});

test('a value that is not finite is E_WEIGHTS_CORRUPT and names its array', async () => {
  const file = await kerasFile(
    arraysOf(weights, (array) => {
      if (array.layer !== 'block_5_expand') return array;
      return { ...array, data: array.data.with(17, Number.NaN) };
    }),
  );
  await assert.rejects(readKerasWeights(file), refusal('E_WEIGHTS_CORRUPT', /block_5_expand\/kernel/));
});

test('another alpha is E_WEIGHTS_SHAPE, with the layer and both shapes', async () => {
  const file = await kerasFile(
    arraysOf(weights, (array) => {
      if (array.layer !== 'Conv1') return array;
      return { ...array, shape: [3, 3, 3, 16], data: new Float32Array(432) };
    }),
  );
  await assert.rejects(
    readKerasWeights(file),
    refusal('E_WEIGHTS_SHAPE', /Conv1\/kernel has the shape \[3, 3, 3, 16\].*\[3, 3, 3, 32\]/),
  );
});

test('a missing layer and a missing array are E_WEIGHTS_SHAPE and are named', async () => {
  const layerless = await kerasFile(
    arraysOf(weights, (array) => (array.layer === 'Conv_1' ? undefined : array)),
  );
  await assert.rejects(
    readKerasWeights(layerless),
    refusal('E_WEIGHTS_SHAPE', /Conv_1\/kernel .* is missing/),
  );
  const arrayless = await kerasFile(
    arraysOf(weights, (array) => (array.layer === 'Conv_1_bn' && array.name === 'beta' ? undefined : array)),
  );
  await assert.rejects(
    readKerasWeights(arrayless),
    refusal('E_WEIGHTS_SHAPE', /Conv_1_bn\/beta .* is missing/),
  );
});

test('another network in the same layout, and no Keras file at all, are E_WEIGHTS_SHAPE', async () => {
  const other: KerasArray = {
    layer: 'conv1_conv',
    name: 'kernel',
    shape: [7, 7, 3, 2],
    data: new Float32Array(294),
  };
  await assert.rejects(
    readKerasWeights(await kerasFile([other])),
    refusal('E_WEIGHTS_SHAPE', /Conv1\/kernel/),
  );
  await assert.rejects(
    readKerasWeights(await kerasFile([other], { layerNames: false })),
    refusal('E_WEIGHTS_SHAPE', /no layer_names/),
  );
});

test('all layers that have arrays were looked for', () => {
  const wanted = new Set(expectedArrays().map(({ layer }) => layer));
  assert.deepEqual(
    [...wanted],
    LAYERS.filter(({ weights: arrays }) => arrays.length > 0).map(({ name }) => name),
  );
});
