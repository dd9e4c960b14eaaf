import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ALL_CHANNELS, LINEAR_TENSORS, TENSORS } from '../network/tensors.ts';
import { mergeRanges } from './ranges.ts';

const image = (value: number) => ({
  least: new Float32Array(LINEAR_TENSORS.length).fill(-value),
  greatest: Float32Array.from(LINEAR_TENSORS, (_, at) => value * (at + 1)),
  means: Float32Array.from({ length: ALL_CHANNELS }, (_, at) => value + at),
});

test('the tensors of the network: 52 convolutions and 10 sums, clipped but for those of the bottlenecks', () => {
  assert.equal(TENSORS.length, 62);
  assert.equal(TENSORS.filter(({ convolution }) => convolution === undefined).length, 10);
  // 17 projections and the 10 sums are linear (arXiv:1801.04381, section 3.2).
  assert.equal(LINEAR_TENSORS.length, 27);
  const names = new Set(TENSORS.map(({ name }) => name));
  const unknown = TENSORS.flatMap(({ inputs }) => inputs).filter((name) => !names.has(name));
  assert.deepEqual(unknown, ['normalised']);
  const sum = TENSORS.find(({ name }) => name === 'block_2_add');
  assert.deepEqual(sum?.inputs, ['block_1_project', 'block_2_project']);
});

test('ranges are the least and greatest of all images; means are by channel', () => {
  const ranges = mergeRanges([image(1), image(3)]);
  const rangeOf = (index: number) => [ranges[index]?.tensor, ranges[index]?.min, ranges[index]?.max];
  assert.deepEqual(rangeOf(0), ['Conv1', 0, 6]);
  assert.deepEqual(rangeOf(2), ['expanded_conv_project', -3, 3]);
  assert.deepEqual(rangeOf(5), ['block_1_project', -3, 6]);
  assert.deepEqual(ranges[0]?.means.slice(0, 3), [2, 3, 4]);
  assert.equal(ranges[1]?.means[0], 2 + 32);
  assert.deepEqual(
    ranges.map(({ means }) => means.length),
    TENSORS.map(({ channels }) => channels),
  );
});
