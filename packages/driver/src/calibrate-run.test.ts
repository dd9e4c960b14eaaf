import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HELD_IMAGES } from '@verger/core';
import { splitSample } from './calibrate-run.ts';

const drawn = (count: number) =>
  Array.from({ length: count }, (_, at) => ({
    row: (at * 7919) % 100_003,
    image: { path: `p${at}`, label: '', bytes: 1, version: 'etag:x' },
  }));
const measured = () => ({
  features: new Float32Array(1280),
  ranges: { least: new Float32Array(1), greatest: new Float32Array(1), means: new Float32Array(1) },
});
const split = (outcomes: readonly ('good' | 'bad')[], count: number) => {
  const { calibrated, held } = splitSample(
    drawn(outcomes.length),
    outcomes.map((outcome) => (outcome === 'good' ? measured() : 'E_IMG_DECODE')),
    count,
  );
  return { calibrated: calibrated.map(({ path }) => path), held };
};
const good = (count: number) => new Array<'good'>(count).fill('good');

test('the first images of a sample are calibrated on, the others are held in the order of the listing', () => {
  const { calibrated, held } = split(good(64 + HELD_IMAGES), 64);
  assert.deepEqual([calibrated.length, held.length], [64, HELD_IMAGES]);
  assert.equal(calibrated[0], 'p0');
  const rows = held.map(({ row }) => row);
  assert.deepEqual(
    rows,
    [...rows].sort((a, b) => a - b),
  );
});

test('of few images half are calibrated on, of one it is that; bad ones are left out', () => {
  const sizes = (outcomes: readonly ('good' | 'bad')[]) => {
    const { calibrated, held } = split(outcomes, 64);
    return [calibrated.length, held.length];
  };
  assert.deepEqual(sizes(good(1)), [1, 0]);
  assert.deepEqual(sizes(good(5)), [3, 2]);
  assert.deepEqual(sizes(good(100)), [50, 50]);
  assert.deepEqual(sizes(['bad', 'good', 'bad']), [1, 0]);
});

test('no image that gives features is E_CALIBRATION, with the reasons', () => {
  assert.throws(() => split(['bad', 'bad'], 64), { code: 'E_CALIBRATION', message: /E_IMG_DECODE × 2/ });
  assert.throws(() => split([], 64), { code: 'E_CALIBRATION', message: /No listed image may be opened/ });
});
