import assert from 'node:assert/strict';
import { test } from 'node:test';
import { madeUpReport } from '../testing/made-up.ts';
import { packColumns, unpackColumns } from './columns.ts';
import { embedData, readEmbedded } from './embed.ts';

test('what is embedded in a page comes back, values to 16 bits', async () => {
  const data = await madeUpReport({ points: 1_003, labels: 7, hostile: '</script><!-- é🍎' });
  const text = await embedData(data);
  assert.match(text, /^[A-Za-z0-9+/=]+$/);
  const back = await readEmbedded(text);
  assert.deepEqual(back.facts, data.facts);
  assert.deepEqual(back.sprites.map(Buffer.from), data.sprites.map(Buffer.from));
  assert.ok(data.points !== null && back.points !== null);
  const { values, ...columns } = back.points;
  const { values: given, ...givenColumns } = data.points;
  assert.deepEqual(columns, givenColumns);
  const range = Math.max(...given) - Math.min(...given);
  for (const [at, value] of values.entries()) assert.ok(Math.abs(value - (given[at] ?? 0)) <= range / 0xffff);
});

test('a run without a projection has no points', async () => {
  const { facts, sprites, tiles } = await madeUpReport({ points: 10, labels: 1, withoutPictures: true });
  const back = await readEmbedded(await embedData({ facts, sprites, tiles, points: null }));
  assert.equal(back.points, null);
  assert.equal(back.sprites.length, 0);
});

test('data that unpacks to more than is allowed is an error before it is held', async () => {
  const text = await embedData(await madeUpReport({ points: 2_000, labels: 3, withoutPictures: true }));
  await assert.rejects(readEmbedded(text, 10_000), /more than 10000 bytes/);
});

test('data with columns too short, or places that are not there, is an error', async () => {
  const data = await madeUpReport({ points: 100, labels: 3, withoutPictures: true });
  assert.ok(data.points !== null);
  const { points } = data;
  const broken = {
    'a label that is not there': { ...points, labels: points.labels.map(() => 3) },
    'a tile that is not there': { ...points, tiles: points.tiles.map(() => data.tiles) },
    'a path too many': { ...points, paths: [...points.paths, 'x'] },
    'a path without end': { ...points, paths: points.paths.map(() => 'x'.repeat(10_000)) },
    'more points than values': { ...points, components: points.components + 1 },
  };
  for (const [name, changed] of Object.entries(broken)) {
    const bytes = packColumns({ ...data, points: changed });
    assert.throws(() => unpackColumns(bytes), /damaged/, name);
  }
  const whole = packColumns(data);
  assert.throws(() => unpackColumns(whole.slice(0, -600)), 'cut off');
  assert.doesNotThrow(() => unpackColumns(whole));
});
