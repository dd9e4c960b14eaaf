import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ImageRef } from '@verger/core';
import { type Choice, chooseImages } from './choose.ts';
import { isSampled } from './images.ts';

const LISTING: readonly ImageRef[] = Array.from({ length: 400 }, (_, index) => {
  // 100 of a, 290 of b, 10 of c.
  const label = index < 100 ? 'a' : index < 390 ? 'b' : 'c';
  return { path: `${label}/${index}.jpg`, label, bytes: 1, version: 'v' };
});

async function* read(listing: readonly ImageRef[]) {
  yield* listing;
}

async function chosen(choice: Partial<Choice>, listing = LISTING): Promise<string[]> {
  const all = { fraction: null, count: null, seed: 1, perLabel: false, ...choice };
  const takes = await chooseImages(() => read(listing), all);
  return listing.filter(takes).map(({ path }) => path);
}
const byLabel = (paths: readonly string[]) =>
  ['a', 'b', 'c'].map((label) => paths.filter((path) => path.startsWith(label)).length);

test('a share takes what --sample takes', async () => {
  const expected = LISTING.filter(({ path }) => isSampled(path, 0.1, 3)).map(({ path }) => path);
  assert.deepEqual(await chosen({ fraction: 0.1, seed: 3 }), expected);
  assert.ok(expected.length > 20 && expected.length < 60);
});

test('a number is exact, the same for the same seed, and a larger one keeps the smaller one', async () => {
  const ten = await chosen({ count: 10 });
  assert.equal(ten.length, 10);
  assert.deepEqual(await chosen({ count: 10 }), ten);
  assert.notDeepEqual(await chosen({ count: 10, seed: 2 }), ten);
  const thirty = await chosen({ count: 30 });
  assert.ok(ten.every((path) => thirty.includes(path)));
  assert.deepEqual(
    await chosen({ count: 10 }, LISTING.toReversed()),
    ten.toReversed(),
    'the order is no matter',
  );
  assert.equal((await chosen({ count: 1000 })).length, LISTING.length);
});

test('of each label by itself: its share, and at least one; or so many', async () => {
  assert.deepEqual(byLabel(await chosen({ fraction: 0.1, perLabel: true })), [10, 29, 1]);
  assert.deepEqual(byLabel(await chosen({ fraction: 0.001, perLabel: true })), [1, 1, 1]);
  assert.deepEqual(byLabel(await chosen({ count: 20, perLabel: true })), [20, 20, 10]);
});

test('more words than are kept at once change nothing', async () => {
  const many = Array.from({ length: 9000 }, (_, index) => ({
    path: `${index}`,
    label: '',
    bytes: 1,
    version: 'v',
  }));
  const few = await chosen({ count: 3 }, many);
  assert.equal(few.length, 3);
  assert.ok(few.every((path) => new Set(few).has(path)));
  assert.deepEqual(
    await chosen(
      { count: 3 },
      many.filter(({ path }) => few.includes(path) || Number(path) < 50),
    ),
    few,
  );
});
