import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ImageRef } from '@verger/core';
import { drawImages } from './draw.ts';

const image = (path: string, refused = false): ImageRef => ({
  ...{ path, label: '', bytes: 1, version: 'etag:x' },
  ...(refused ? { refused: 'E_IMG_NAME' as const } : {}),
});

async function* listed(images: readonly ImageRef[]) {
  yield* images;
}

const many = Array.from({ length: 5000 }, (_, at) => image(`p${at}`));
const draw = async (images: readonly ImageRef[], count: number, seed = 1) =>
  (await drawImages(listed(images), { count, seed })).map((one) => [one.row, one.image.path]);

test('a draw depends on seed and paths, not on the order of the listing or on how many are drawn', async () => {
  const drawn = await draw(many, 40);
  assert.equal(new Set(drawn.map(([row]) => row)).size, 40);
  for (const [row, path] of drawn) assert.equal(path, `p${row}`);
  const paths = drawn.map(([, path]) => path);
  assert.deepEqual(
    (await draw([...many].reverse(), 40)).map(([, path]) => path),
    paths,
  );
  assert.deepEqual(
    (await draw(many, 10)).map(([, path]) => path),
    paths.slice(0, 10),
  );
  assert.notDeepEqual(await draw(many, 40, 2), drawn);
});

test('what the listing refuses is not drawn, and keeps its row; fewer images than wanted are all drawn', async () => {
  const drawn = await draw([image('a'), image('b', true), image('c')], 5);
  assert.deepEqual(drawn.sort(), [
    [0, 'a'],
    [2, 'c'],
  ]);
  assert.deepEqual(await draw([], 5), []);
});
