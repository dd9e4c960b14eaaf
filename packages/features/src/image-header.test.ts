import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeRaw, preparedSharp } from './decoder.ts';
import { sniffFormat } from './image-format.ts';
import { isCutShort, readImageHeader } from './image-header.ts';

const picture = (width: number, height: number) =>
  preparedSharp()({ create: { width, height, channels: 3, background: '#a06020' } });

const WRITERS = {
  'baseline JPEG': () => picture(301, 57).jpeg(),
  'progressive JPEG': () => picture(301, 57).jpeg({ progressive: true, mozjpeg: true }),
  'JPEG with EXIF and ICC': () =>
    picture(301, 57)
      .withExif({ IFD0: { Copyright: 'x'.repeat(900) } })
      .withIccProfile('srgb')
      .jpeg(),
  PNG: () => picture(301, 57).png(),
  GIF: () => picture(301, 57).gif(),
  'lossy WebP': () => picture(301, 57).webp(),
  'lossless WebP': () => picture(301, 57).webp({ lossless: true }),
  'extended WebP': () => picture(301, 57).withIccProfile('srgb').webp(),
} as const;

for (const [name, write] of Object.entries(WRITERS)) {
  test(`the header of a ${name} says the size that the decoder finds`, async () => {
    const bytes = await write().toBuffer();
    const format = sniffFormat(bytes);
    const header = readImageHeader(bytes, format);
    const raw = await decodeRaw(bytes, { kind: 'rgb', maxPixels: 1e6 });
    assert.deepEqual([header?.width, header?.height], [raw.width, raw.height]);
    assert.equal(header?.components, 3);
    assert.equal(isCutShort(bytes, format), false);
  });
}

test('a CMYK JPEG has four components', async () => {
  const bytes = await picture(8, 8).toColourspace('cmyk').jpeg().toBuffer();
  assert.equal(readImageHeader(bytes, 'jpeg')?.components, 4);
});

test('a header that is not whole gives nothing, whatever its length', async () => {
  for (const write of [WRITERS['baseline JPEG'], WRITERS.PNG, WRITERS.GIF, WRITERS['lossy WebP']]) {
    const bytes = await write().toBuffer();
    const format = sniffFormat(bytes);
    for (let length = 0; length < 10; length += 1)
      assert.equal(readImageHeader(bytes.subarray(0, length), format), undefined);
  }
});

test('a PNG or WebP is cut at every length but its own', async () => {
  for (const write of [WRITERS.PNG, WRITERS['lossy WebP'], WRITERS['lossless WebP']]) {
    const bytes = await write().toBuffer();
    const format = sniffFormat(bytes);
    for (let length = 16; length < bytes.length; length += 1)
      assert.equal(isCutShort(bytes.subarray(0, length), format), true, `${format} of ${length} bytes`);
  }
});
