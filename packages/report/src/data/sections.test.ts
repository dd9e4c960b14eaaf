import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ChosenQuarantine, chooseOdd, planPictures } from './sections.ts';

const labels = [{ label: 'a', count: 9, centroid: [0] }] as unknown as Parameters<typeof chooseOdd>[1];
const rowsOf = (distances: readonly number[]) =>
  ({
    labels: [
      {
        spread: 2,
        far: distances.map((distance, row) => ({
          ...{ row, partition: 0, path: `${row}` },
          label: 0,
          distance,
        })),
        examples: distances.map((_, row) => ({ row, partition: 0, path: `${row}`, label: 0 })),
      },
    ],
    ends: [],
  }) as unknown as Parameters<typeof chooseOdd>[0];

test('an image is odd from twice the spread of its label on', () => {
  assert.deepEqual(
    chooseOdd(rowsOf([2.2, 3.9, 4, 9]), labels).map(({ row, ratio }) => [row, ratio]),
    [
      [3, 4.5],
      [2, 2],
    ],
  );
});

test('pictures of quarantine are wanted last, and none of an image that ended its process', () => {
  const quarantine = ['E_IMG_CRASH', 'E_IMG_LARGE', 'E_IMG_TIMEOUT', 'E_IMG_MEMORY'].map((code) => ({
    entry: { code },
    images: [{ partition: 1, path: code }],
  })) as unknown as ChosenQuarantine[];
  const sections = { rows: rowsOf([1, 1]), pairs: [], odd: [], duplicates: [], quarantine };
  assert.deepEqual(
    planPictures(sections, 9).map(({ path }) => path),
    ['0', '1', 'E_IMG_LARGE'],
  );
});
