import assert from 'node:assert/strict';
import { test } from 'node:test';
import { placeHeld } from './precision.ts';

const commits = [3, 2, 4].map((listed, partition) => ({ partition, listed }));
const held = (...rows: number[]) => ({ held: rows.map((row) => ({ row, path: `p${row}`, bytes: 9 })) });

test('held images are looked for in the partitions of their rows, and in no others', () => {
  assert.deepEqual(placeHeld(held(8, 0, 2), commits), [
    {
      partition: 0,
      images: [
        { held: 1, place: 0, path: 'p0', bytes: 9 },
        { held: 2, place: 2, path: 'p2', bytes: 9 },
      ],
    },
    { partition: 2, images: [{ held: 0, place: 3, path: 'p8', bytes: 9 }] },
  ]);
  assert.equal(placeHeld(held(9), commits), undefined, 'the run lists nine');
});
