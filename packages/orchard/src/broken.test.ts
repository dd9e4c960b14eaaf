import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32 } from 'node:zlib';
import { isEnvironmental } from '@verger/core';
import sharp from 'sharp';
import { brokenFiles } from './broken.ts';
import { drawView, ORCHARD_KINDS } from './orchard.ts';

const files = brokenFiles(1);

async function bytesOf(code: string): Promise<Buffer> {
  const file = (await files).find(({ expected }) => expected === code);
  assert.ok(file, code);
  return Buffer.from(file.bytes);
}

test('there are five, each bad in a way of its own that lies in its bytes', async () => {
  const codes = (await files).map(({ expected }) => expected);
  assert.deepEqual([...new Set(codes)].sort(), [
    'E_IMG_EMPTY',
    'E_IMG_FORMAT_DENIED',
    'E_IMG_TOO_MANY_PIXELS',
    'E_IMG_TRUNCATED',
    'E_IMG_UNSUPPORTED',
  ]);
  assert.equal(codes.length, 5);
  assert.ok(!codes.some(isEnvironmental));
});

test('they lie among the kinds, under image names that no good image has', async () => {
  for (const { path } of await files) {
    assert.match(path, /^[A-Z][A-Za-z ]+\/[a-z_]+\.(jpg|png)$/);
    assert.ok(ORCHARD_KINDS.includes(path.split('/')[0] ?? ''), path);
    assert.doesNotMatch(path, /_\d+\.jpg$/);
  }
});

test('the same seed breaks the same files', async () => {
  assert.deepEqual(await brokenFiles(1), await files);
  assert.notDeepEqual(await brokenFiles(2), await files);
});

test('the empty file has no bytes', async () => {
  assert.equal((await bytesOf('E_IMG_EMPTY')).length, 0);
});

test('the cut JPEG is the first 40 % of a good one: the header whole, the pixels not', async () => {
  const cut = await bytesOf('E_IMG_TRUNCATED');
  const whole = await drawView(1, 'Pear', { index: 0, views: 1 });
  assert.equal(cut.length, Math.floor(whole.length * 0.4));
  assert.ok(cut.equals(whole.subarray(0, cut.length)));
  assert.equal((await sharp(cut).metadata()).width, 100);
  await assert.rejects(sharp(cut, { failOn: 'truncated' }).raw().toBuffer(), /premature end/i);
});

test('the web page is no image', async () => {
  await assert.rejects(sharp(await bytesOf('E_IMG_UNSUPPORTED')).metadata(), /unsupported image format/i);
});

test('the drawing is an SVG, which sharp would read under any name', async () => {
  const drawing = await bytesOf('E_IMG_FORMAT_DENIED');
  assert.equal((await sharp(drawing).metadata()).format, 'svg');
});

test('the huge PNG has a right header that claims 65,535×65,535 pixels, and sharp refuses it', async () => {
  const huge = await bytesOf('E_IMG_TOO_MANY_PIXELS');
  assert.ok(huge.length < 200);
  assert.equal(huge.readUInt32BE(8), 13);
  assert.equal(huge.toString('latin1', 12, 16), 'IHDR');
  assert.deepEqual([huge.readUInt32BE(16), huge.readUInt32BE(20)], [65_535, 65_535]);
  assert.equal(huge.readUInt32BE(29), crc32(huge.subarray(12, 29)));
  const { width, height } = await sharp(huge, { limitInputPixels: false }).metadata();
  assert.deepEqual([width, height], [65_535, 65_535]);
  await assert.rejects(sharp(huge).raw().toBuffer(), /exceeds pixel limit/i);
});
