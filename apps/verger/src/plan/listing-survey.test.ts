import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ImageRef } from '@verger/core';
import { surveyListing } from './listing-survey.ts';

const image = (index: number, more: Partial<ImageRef> = {}): ImageRef => ({
  path: `l${index % 3}/${String(index).padStart(4, '0')}.jpg`,
  label: `l${index % 3}`,
  bytes: 10,
  version: 'v',
  ...more,
});

function survey(count: number, options: { size: number; seed: number }) {
  const made = surveyListing(options);
  for (let index = 0; index < count; index += 1) made.see(image(index));
  return made;
}

test('a survey counts labels and what must not be opened', () => {
  const made = survey(7, { size: 2, seed: 1 });
  made.see(image(9, { refused: 'E_IMG_NAME' }));
  assert.deepEqual(
    [...made.labels],
    [
      ['l0', 4],
      ['l1', 2],
      ['l2', 2],
    ],
  );
  assert.deepEqual([...made.refused], [['E_IMG_NAME', 1]]);
  assert.equal(made.textBytes(), 'l0/0000.jpg'.length + 'l0'.length);
  assert.equal(surveyListing({ size: 1, seed: 1 }).textBytes(), 0);
});

test('the sample is whole, in order, the same for the same seed, and of images that may be opened', () => {
  const paths = (seed: number) =>
    survey(1000, { size: 20, seed })
      .sample()
      .map(({ path }) => path);
  assert.equal(new Set(paths(1)).size, 20);
  assert.deepEqual(paths(1), paths(1));
  assert.notDeepEqual(paths(1), paths(2));
  const numbers = paths(1).map((path) => Number(path.slice(3, 7)));
  assert.deepEqual(
    numbers,
    [...numbers].sort((a, b) => a - b),
  );
  assert.equal(survey(5, { size: 20, seed: 1 }).sample().length, 5);
  const refused = surveyListing({ size: 5, seed: 1 });
  refused.see(image(1, { refused: 'E_IMG_NAME' }));
  assert.deepEqual(refused.sample(), []);
});

test('every image has the same chance', () => {
  const hits = new Array<number>(10).fill(0);
  for (let seed = 0; seed < 2000; seed += 1) {
    for (const { path } of survey(10, { size: 3, seed }).sample()) hits[Number(path.slice(3, 7))]! += 1;
  }
  // 600 expected, standard deviation 20.
  for (const count of hits) assert.ok(Math.abs(count - 600) < 100, String(hits));
});

test('what is archived is counted, and not drawn: it cannot be measured', () => {
  const made = survey(5, { size: 10, seed: 1 });
  made.see(image(6), { archived: true });
  assert.deepEqual(made.labels.get('l0'), 3);
  assert.equal(made.sample().length, 5);
});
