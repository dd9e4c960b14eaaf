import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mergeRanges } from './ranges.ts';
import { ALL_CHANNELS, TENSORS } from './tensors.ts';

const image = (value: number) => ({
  least: new Float32Array(TENSORS.length).fill(-value),
  greatest: new Float32Array(TENSORS.length).fill(value),
  means: Float32Array.from({ length: ALL_CHANNELS }, (_, at) => value + at),
});

test('the tensors of the network: 52 convolutions and 10 sums, clipped but for those of the bottlenecks', () => {
  assert.equal(TENSORS.length, 62);
  assert.equal(TENSORS.filter(({ convolution }) => convolution === undefined).length, 10);
  // 17 projections and the 10 sums are linear (arXiv:1801.04381, section 3.2).
  assert.equal(TENSORS.filter(({ relu }) => !relu).length, 27);
  const names = new Set(TENSORS.map(({ name }) => name));
  const unknown = TENSORS.flatMap(({ inputs }) => inputs).filter((name) => !names.has(name));
  assert.deepEqual(unknown, ['normalised']);
  const sum = TENSORS.find(({ name }) => name === 'block_2_add');
  assert.deepEqual(sum?.inputs, ['block_1_project', 'block_2_project']);
});

test('ranges are the least and greatest of all images; means are by channel', () => {
  const ranges = mergeRanges([image(1), image(3)]);
  assert.deepEqual(ranges[0]?.tensor, 'Conv1');
  assert.deepEqual([ranges[0]?.min, ranges[0]?.max], [-3, 3]);
  assert.deepEqual(ranges[0]?.means.slice(0, 3), [2, 3, 4]);
  assert.equal(ranges[1]?.means[0], 2 + 32);
  assert.deepEqual(
    ranges.map(({ means }) => means.length),
    TENSORS.map(({ channels }) => channels),
  );
});
