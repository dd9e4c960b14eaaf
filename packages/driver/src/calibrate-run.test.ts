import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HELD_IMAGES } from '@verger/core';
import { startSample } from './calibration-sample.ts';

const drawn = (count: number) =>
  Array.from({ length: count }, (_, at) => ({
    row: (at * 7919) % 100_003,
    image: { path: `p${at}`, label: '', bytes: 1, version: 'etag:x' },
  }));
/** More than there are tensors and channels. */
const numbers = (value: number) => new Float32Array(20_000).fill(value);
const measured = (value: number) => ({
  features: new Float32Array(1280),
  ranges: { least: numbers(value), greatest: numbers(value), means: numbers(value) },
});
const split = (outcomes: readonly ('good' | 'bad')[], count: number) => {
  const sample = startSample(count);
  const all = drawn(outcomes.length);
  for (let first = 0; first < all.length; first += 10) {
    const some = outcomes.slice(first, first + 10);
    const answers = some.map((one, at) =>
      one === 'good' ? measured(first + at) : ('E_IMG_DECODE' as const),
    );
    sample.add(all.slice(first, first + 10), answers);
  }
  const { images, held, ranges, leftOut } = sample.end();
  return { calibrated: images, held, ranges, leftOut };
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

test('what is added up as answers come is the calibrated images, and no other', () => {
  for (const [images, count, calibrated] of [
    [HELD_IMAGES + 172, 200, 172],
    [HELD_IMAGES + 200, 200, 200],
    [9, 200, 5],
  ] as const) {
    const { calibrated: paths, held, ranges } = split(good(images), count);
    assert.deepEqual([paths.length, paths.at(-1)], [calibrated, `p${calibrated - 1}`]);
    assert.equal(held.length, images - calibrated);
    const means = ranges[0]?.means[0] ?? Number.NaN;
    assert.ok(Math.abs(means - (calibrated - 1) / 2) < 1e-3, String(means));
  }
  assert.deepEqual(split(['bad', 'good', 'bad'], 64).leftOut, { E_IMG_DECODE: 2 });
});
