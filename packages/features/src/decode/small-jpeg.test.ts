import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import sharp, { type JpegOptions } from 'sharp';
import { readImageHeader } from './image-header.ts';
import { decodeRaw } from './sharp.ts';
import { decodeSmallJpeg, isSmallJpeg } from './small-jpeg.ts';

interface Drawing {
  readonly width: number;
  readonly height: number;
  readonly seed: number;
  readonly noise: boolean;
}

/** Noise is what JPEG is worst at: its coefficients are as large as an encoder's can be. */
function draw({ width, height, seed, noise }: Drawing): Uint8Array {
  let state = seed;
  return Uint8Array.from({ length: width * height * 3 }, (_, at) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return noise ? (state >>> 31) * 255 : (at * 7 + Math.floor(at / width) * 3 + seed) & 255;
  });
}

async function encode(drawing: Drawing, options: JpegOptions): Promise<Buffer> {
  const { width, height } = drawing;
  return await sharp(draw(drawing), { raw: { width, height, channels: 3 } })
    .jpeg(options)
    .toBuffer();
}

async function decodeSmall(bytes: Uint8Array): Promise<Uint8Array | undefined> {
  const header = readImageHeader(bytes, 'jpeg');
  assert.ok(isSmallJpeg(bytes, header));
  return await decodeSmallJpeg(bytes, header);
}

const native = (bytes: Uint8Array) => decodeRaw(bytes, { kind: 'rgb', maxPixels: 1e6 });

test('a small JPEG has the pixels of sharp, whatever its quality, sampling and scans', async () => {
  const side = fc.integer({ min: 1, max: 256 });
  const drawing = fc.record({ width: side, height: side, seed: fc.nat(), noise: fc.boolean() });
  const options = fc.record({
    quality: fc.integer({ min: 1, max: 100 }),
    progressive: fc.boolean(),
    chromaSubsampling: fc.constantFrom('4:4:4', '4:2:0'),
  });
  const same = async (drawn: Drawing, encoding: JpegOptions) => {
    const bytes = await encode(drawn, encoding);
    assert.deepEqual(await decodeSmall(bytes), new Uint8Array((await native(bytes)).data));
  };
  await fc.assert(fc.asyncProperty(drawing, options, same), { numRuns: 60 });
});

const DRAWING: Drawing = { width: 60, height: 40, seed: 3, noise: false };

test('one that is cut or warned of is left to sharp, however often', async () => {
  const bytes = await encode(DRAWING, { quality: 80 });
  const cut = bytes.subarray(0, bytes.length - 300);
  for (let time = 0; time < 200; time += 1) assert.equal(await decodeSmall(cut), undefined);
  assert.deepEqual(await decodeSmall(bytes), new Uint8Array((await native(bytes)).data));
});

test('other JPEGs are not small ones: large, grey, with much metadata', async () => {
  const of = (bytes: Uint8Array) => isSmallJpeg(bytes, readImageHeader(bytes, 'jpeg'));
  const image = sharp(await encode(DRAWING, {}));
  assert.equal(of(await encode(DRAWING, {})), true);
  assert.equal(of(await encode({ ...DRAWING, width: 257, height: 256 }, {})), false);
  assert.equal(of(await image.clone().toColourspace('b-w').jpeg().toBuffer()), false);
  const padded = Buffer.concat([await encode(DRAWING, {}), Buffer.alloc(1024 * 1024)]);
  assert.equal(of(padded), false);
});
