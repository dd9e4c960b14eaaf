import assert from 'node:assert/strict';
import { test } from 'node:test';
import { madeUpReport } from '../testing/made-up.ts';
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
