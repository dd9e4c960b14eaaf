import assert from 'node:assert/strict';
import { test } from 'node:test';
import sharp from 'sharp';
import { encodeSprite, shrinkToTile } from './thumbnail.ts';

/** A picture whose middle square is of one colour, and whose ends are of another. */
async function striped(width: number, height: number): Promise<Uint8Array> {
  const square = Math.min(width, height);
  const middle = { create: { width: square, height: square, channels: 3, background: '#00ff00' } } as const;
  const inside = await sharp(middle).png().toBuffer();
  const ends = { create: { width, height, channels: 3, background: '#ff0000' } } as const;
  return await sharp(ends)
    .composite([{ input: inside, gravity: 'centre' }])
    .png()
    .toBuffer();
}

test('a thumbnail is the middle square of the image, not the squashed whole', async () => {
  for (const [width, height] of [
    [300, 100],
    [100, 300],
    [48, 48],
    [3, 7],
    [1, 1],
  ] as const) {
    const tile = await shrinkToTile(await striped(width, height), 8);
    assert.equal(tile?.length, 8 * 8 * 3);
    const wrong = tile.filter((value, at) => Math.abs(value - (at % 3 === 1 ? 255 : 0)) > 40).length;
    assert.equal(wrong, 0, `${width}×${height}`);
  }
});

test('what is no image, or too large a one, has no thumbnail', async () => {
  assert.equal(await shrinkToTile(Buffer.from('no image'), 8), undefined);
  assert.equal(await shrinkToTile(Buffer.alloc(0), 8), undefined);
  assert.equal(await shrinkToTile((await striped(30, 30)).subarray(0, 60), 8), undefined);
  assert.equal(await shrinkToTile(await striped(30, 30), 8, { maxPixels: 899 }), undefined);
  assert.ok((await shrinkToTile(await striped(30, 30), 8, { maxPixels: 900 })) !== undefined);
});

test('a sprite has its tiles in rows, and is the same bytes for the same tiles', async () => {
  const tile = (level: number) => new Uint8Array(4 * 4 * 3).fill(level);
  const tiles = [10, 120, 250].map(tile);
  const bytes = await encodeSprite(tiles, { side: 4, columns: 2 });
  assert.deepEqual(await encodeSprite(tiles, { side: 4, columns: 2 }), bytes);
  const { data, info } = await sharp(Buffer.from(bytes)).raw().toBuffer({ resolveWithObject: true });
  assert.deepEqual([info.width, info.height, info.format], [8, 8, 'raw']);
  const at = (x: number, y: number) => data[(y * 8 + x) * 3] ?? 0;
  for (const [x, y, level] of [
    [1, 1, 10],
    [6, 1, 120],
    [1, 6, 250],
    [6, 6, 128],
  ] as const) {
    assert.ok(Math.abs(at(x, y) - level) < 30, `${x} ${y}: ${at(x, y)}`);
  }
});
