import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DecodeLimits } from '@verger/core';
import sharp from 'sharp';
import { resizeBicubic } from '../resize/resize.ts';
import { decodeImage } from './decode-image.ts';
import { cmykToRgb } from './to-rgb.ts';

const SIZE = { width: 40, height: 30 };
const noise = (channels: number) =>
  Uint8Array.from(
    { length: SIZE.width * SIZE.height * channels },
    (_, at) => Math.imul(at, 2654435761) >>> 24,
  );
const drawn = (channels: 1 | 3 | 4) => sharp(noise(channels), { raw: { ...SIZE, channels } });

const TIFF: DecodeLimits = { formats: ['tiff'] };
async function answerOf(bytes: Uint8Array, limits?: DecodeLimits): Promise<Uint8Array | string> {
  const result = await decodeImage(bytes, undefined, limits);
  return result.ok ? result.pixels : result.code;
}

test('a TIFF or AVIF is refused unless it is asked for, and each only by its own name', async () => {
  const tiff = await drawn(3).tiff().toBuffer();
  const avif = await drawn(3).avif({ effort: 0 }).toBuffer();
  for (const limits of [undefined, {}, { formats: ['avif'] }] as const)
    assert.equal(await answerOf(tiff, limits), 'E_IMG_FORMAT_DENIED');
  for (const limits of [undefined, {}, { formats: ['tiff'] }] as const)
    assert.equal(await answerOf(avif, limits), 'E_IMG_FORMAT_DENIED');
  assert.ok((await answerOf(tiff, TIFF)) instanceof Uint8Array);
  assert.ok((await answerOf(avif, { formats: ['avif'] })) instanceof Uint8Array);
});

test('what sharp cannot open stays refused, whatever is asked for', async () => {
  const all: DecodeLimits = { formats: ['avif', 'tiff'] };
  for (const bytes of [
    'BM6\0\0\0',
    '<svg xmlns="http://www.w3.org/2000/svg"/>',
    '\0\0\0\x1cftypheic\0\0\0\0mif1heic',
  ])
    assert.equal(await answerOf(Buffer.from(bytes, 'latin1'), all), 'E_IMG_FORMAT_DENIED');
});

for (const compression of ['none', 'lzw', 'deflate', 'packbits'] as const)
  test(`a TIFF (${compression}) has its pixels: colour, grey, without alpha, CMYK as by Pillow`, async () => {
    const write = async (channels: 1 | 3 | 4) => {
      const image = channels === 1 ? drawn(1).toColourspace('b-w') : drawn(channels);
      return await answerOf(await image.tiff({ compression }).toBuffer(), TIFF);
    };
    assert.deepEqual(await write(3), resizeBicubic(noise(3), SIZE));
    const grey = Uint8Array.from({ length: 3600 }, (_, at) => noise(1)[Math.floor(at / 3)]!);
    assert.deepEqual(await write(1), resizeBicubic(grey, SIZE));
    assert.deepEqual(
      await write(4),
      resizeBicubic(
        noise(4).filter((_, at) => at % 4 < 3),
        SIZE,
      ),
    );
    const cmyk = await drawn(3).toColourspace('cmyk').tiff({ compression }).toBuffer();
    const stored = await sharp(cmyk).pipelineColourspace('cmyk').toColourspace('cmyk').raw().toBuffer();
    assert.deepEqual(await answerOf(cmyk, TIFF), resizeBicubic(cmykToRgb(stored), SIZE));
  });

test('a TIFF is turned as it says, as Pillow does with TIFF alone', async () => {
  const turned = await drawn(3).withMetadata({ orientation: 6 }).tiff({ compression: 'lzw' }).toBuffer();
  const upright = await drawn(3).rotate(90).raw().toBuffer();
  assert.deepEqual(await answerOf(turned, TIFF), resizeBicubic(upright, { width: 30, height: 40 }));
});

type Tags = Readonly<Record<number, number>>;

/**
 * A TIFF by hand (TIFF 6.0, section 2): tags of one SHORT, or of two in one LONG, and one strip of so many
 * zeros.
 */
function plainTiff(tags: Tags, stripBytes: number): Buffer {
  const all: Tags = { 256: 2, 257: 2, 259: 1, 262: 1, 277: 1, 278: 2, 279: stripBytes, ...tags };
  const at = 14 + 12 * (Object.keys(all).length + 1);
  const entries = Object.entries({ ...all, 273: at });
  const out = Buffer.alloc(at + stripBytes);
  out.write('II*\0\b\0\0\0', 'latin1');
  out.writeUInt16LE(entries.length, 8);
  for (const [index, [tag, value]] of entries.entries()) {
    out.writeUInt16LE(Number(tag), 10 + index * 12);
    out.writeUInt16LE(3, 12 + index * 12);
    out.writeUInt32LE(value > 0xffff ? 2 : 1, 14 + index * 12);
    out.writeUInt32LE(value, 18 + index * 12);
  }
  return out;
}

/** A grey one: samples of so many bits; 1 unsigned, 2 signed, 3 floating point. */
const greyTiff = (bits: number, sampleFormat: number) =>
  plainTiff({ 258: bits, 339: sampleFormat }, bits >> 1);

test('of a TIFF of many pages the first is taken; 32 bits and floating point are E_IMG_DECODE', async () => {
  const pages = await sharp(noise(3), { raw: { ...SIZE, channels: 3, pageHeight: 15 } })
    .tiff({ compression: 'lzw' })
    .toBuffer();
  const answer = await answerOf(pages, TIFF);
  assert.deepEqual(answer, resizeBicubic(noise(3).subarray(0, 40 * 15 * 3), { width: 40, height: 15 }));
  assert.equal((await answerOf(greyTiff(8, 1), TIFF)) instanceof Uint8Array, true);
  for (const [bits, format] of [
    [32, 3],
    [32, 1],
    [8, 2],
  ] as const)
    assert.equal(
      await answerOf(greyTiff(bits, format), TIFF),
      'E_IMG_DECODE',
      `${bits} bits of format ${format}`,
    );
});

test('too many pixels are refused before they are decoded, a cut file is a code', async () => {
  for (const format of ['tiff', 'avif'] as const) {
    const image = format === 'tiff' ? drawn(3).tiff({ compression: 'lzw' }) : drawn(3).avif({ effort: 0 });
    const bytes = await image.toBuffer();
    assert.equal(await answerOf(bytes, { formats: [format], maxPixels: 1199 }), 'E_IMG_TOO_MANY_PIXELS');
    const cut = await answerOf(bytes.subarray(0, bytes.length >> 1), { formats: [format] });
    assert.match(String(cut), /^E_IMG_(DECODE|TRUNCATED)$/);
  }
});

/** Of three samples; colours stored once for so many pixels each way. */
const colourTiff = (photometric: number, sampling = 0x1_0001) =>
  plainTiff({ 258: 8, 262: photometric, 277: 3, 530: sampling }, sampling === 0x1_0001 ? 12 : 6);

test('other colours are not taken for RGB: YCbCr that libvips does not convert, unknown', async () => {
  assert.equal((await answerOf(colourTiff(2), TIFF)) instanceof Uint8Array, true);
  for (const photometric of [6, 9, 10, 4, 34_892])
    assert.equal(await answerOf(colourTiff(photometric), TIFF), 'E_IMG_DECODE', String(photometric));
  // Of two by two pixels each: libtiff converts it. Zeros are green: no blue, no red.
  const green = await answerOf(colourTiff(6, 0x2_0002), TIFF);
  assert.ok(green instanceof Uint8Array && green[0] === 0 && green[1]! > 100 && green[2] === 0);
  // With JPEG, libjpeg converts it.
  const photograph = await drawn(3).tiff({ compression: 'jpeg' }).toBuffer();
  assert.ok((await answerOf(photograph, TIFF)) instanceof Uint8Array);
});

test('a TIFF with too many channels is a bad image, not one of too much memory', async () => {
  const answer = (photometric: number, channels: number) =>
    answerOf(plainTiff({ 258: 8, 262: photometric, 277: channels }, 4 * channels), TIFF);
  for (const [photometric, channels] of [
    [5, 4],
    [2, 3],
    [2, 4],
    [2, 5],
    [1, 2],
  ] as const)
    assert.ok((await answer(photometric, channels)) instanceof Uint8Array, `${photometric}, ${channels}`);
  for (const [photometric, channels] of [
    [5, 5],
    [5, 6],
    [2, 6],
    [1, 3],
    [0, 4],
  ] as const)
    assert.equal(await answer(photometric, channels), 'E_IMG_DECODE', `${photometric}, ${channels}`);
});
