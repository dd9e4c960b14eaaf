import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DecodeLimits } from '@verger/core';
import sharp from 'sharp';
import { cmykToRgb } from './cmyk.ts';
import { decodeImage } from './decode.ts';
import { resizeBicubic } from './resize.ts';

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
  test(`a TIFF (${compression}) has its pixels: colour, grey, alpha left out, CMYK as Pillow converts it`, async () => {
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

/** A grey TIFF of 2×2 by hand (TIFF 6.0, section 2): samples of so many bits; 1 unsigned, 2 signed, 3 floating point. */
function plainTiff(bits: number, sampleFormat: number): Buffer {
  const entries = [
    [256, 2],
    [257, 2],
    [258, bits],
    [259, 1],
    [262, 1],
    [273, 126],
    [277, 1],
    [278, 2],
    [279, bits >> 1],
    [339, sampleFormat],
  ] as const;
  const out = Buffer.alloc(126 + (bits >> 1));
  out.write('II*\0\b\0\0\0', 'latin1');
  out.writeUInt16LE(entries.length, 8);
  for (const [at, [tag, value]] of entries.entries()) {
    out.writeUInt16LE(tag, 10 + at * 12);
    out.writeUInt16LE(3, 12 + at * 12);
    out.writeUInt32LE(1, 14 + at * 12);
    out.writeUInt16LE(value, 18 + at * 12);
  }
  return out;
}

test('of a TIFF of many pages the first is taken; 32 bits and floating point are E_IMG_DECODE', async () => {
  const pages = await sharp(noise(3), { raw: { ...SIZE, channels: 3, pageHeight: 15 } })
    .tiff({ compression: 'lzw' })
    .toBuffer();
  const answer = await answerOf(pages, TIFF);
  assert.deepEqual(answer, resizeBicubic(noise(3).subarray(0, 40 * 15 * 3), { width: 40, height: 15 }));
  assert.equal((await answerOf(plainTiff(8, 1), TIFF)) instanceof Uint8Array, true);
  for (const [bits, format] of [
    [32, 3],
    [32, 1],
    [8, 2],
  ] as const)
    assert.equal(
      await answerOf(plainTiff(bits, format), TIFF),
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
