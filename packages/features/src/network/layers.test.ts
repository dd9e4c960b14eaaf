import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expectedArrays, summariseWeights } from '../weights/keras-weights.ts';
import { untrainedWeights } from '../weights/untrained-weights.ts';
import { LAYERS } from './layers.ts';

const find = (name: string) => LAYERS.find((layer) => layer.name === name);

test("there are Keras' 155 layers, each reading layers before it", () => {
  assert.equal(LAYERS.length, 155);
  for (const [index, layer] of LAYERS.entries()) {
    const before = LAYERS.slice(0, index).map(({ name }) => name);
    assert.ok(
      layer.inputs.every((name) => before.includes(name)),
      layer.name,
    );
  }
  assert.equal(new Set(LAYERS.map(({ name }) => name)).size, 155);
});

test('shapes, strides and residuals are those of the published network', () => {
  assert.deepEqual(find('Conv1')?.shape, [112, 112, 32]);
  assert.deepEqual(find('block_1_pad')?.shape, [113, 113, 96]);
  assert.deepEqual(find('block_1_depthwise')?.shape, [56, 56, 96]);
  assert.deepEqual(find('block_16_project_BN')?.shape, [7, 7, 320]);
  assert.deepEqual(find('out_relu')?.shape, [7, 7, 1280]);
  assert.deepEqual(
    LAYERS.filter(({ kind }) => kind === 'Add').map(({ name }) => name),
    [2, 4, 5, 7, 8, 9, 11, 12, 14, 15].map((block) => `block_${block}_add`),
  );
  assert.deepEqual(
    LAYERS.filter(({ stride }) => stride === 2).map(({ name }) => name),
    ['Conv1', ...[1, 3, 6, 13].map((block) => `block_${block}_depthwise`)],
  );
});

test('the summary counts 2,257,984 parameters, batch norms included', () => {
  const rows = summariseWeights(untrainedWeights(1));
  assert.equal(
    rows.reduce((sum, { parameters }) => sum + parameters, 0),
    2_257_984,
  );
  assert.deepEqual(rows[1], { layer: 'Conv1', kind: 'Conv2D', shape: [112, 112, 32], parameters: 864 });
  assert.deepEqual(rows.at(-2), { layer: 'out_relu', kind: 'ReLU', shape: [7, 7, 1280], parameters: 0 });
  assert.equal(rows.find(({ layer }) => layer === 'Conv_1_bn')?.parameters, 5120);
  assert.equal(expectedArrays().length, 260);
});
