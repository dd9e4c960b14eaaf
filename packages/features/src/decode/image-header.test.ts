import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { sniffFormat } from './image-format.ts';
import { isCutShort, readImageHeader } from './image-header.ts';
import { decodeRaw, preparedSharp } from './sharp.ts';

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
  'lossy WebP': () => picture(301, 57).webp(),
  'lossless WebP': () => picture(301, 57).webp({ lossless: true }),
  'extended WebP': () => picture(301, 57).withIccProfile('srgb').webp(),
} as const;

/** The size that the format's decoder finds, or undefined when it refuses. */
async function decodedSize(bytes: Uint8Array): Promise<[number, number] | undefined> {
  try {
    const { width, height } = await decodeRaw(bytes, { kind: 'rgb', maxPixels: 1e6 });
    return [width, height];
  } catch {
    return undefined;
  }
}

for (const [name, write] of Object.entries(WRITERS)) {
  test(`the header of a ${name} says the size that the decoder finds`, async () => {
    const bytes = await write().toBuffer();
    const format = sniffFormat(bytes);
    const header = readImageHeader(bytes, format);
    assert.deepEqual([header?.width, header?.height], await decodedSize(bytes));
    assert.equal(header?.components, 3);
    assert.equal(isCutShort(bytes, format), false);
  });
}

test('a CMYK JPEG has four components', async () => {
  const bytes = await picture(8, 8).toColourspace('cmyk').jpeg().toBuffer();
  assert.equal(readImageHeader(bytes, 'jpeg')?.components, 4);
});

test('a header that is not whole gives nothing, whatever its length', async () => {
  for (const write of [WRITERS['baseline JPEG'], WRITERS.PNG, WRITERS['lossy WebP']]) {
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

/** Bytes changed, put in or taken out among the first hundred, where headers are. */
const change = fc.record({
  at: fc.integer({ min: 2, max: 100 }),
  byte: fc.oneof(fc.integer({ min: 0, max: 255 }), fc.constantFrom(0, 1, 0x21, 0x2c, 0xc0, 0xd8, 0xda, 0xff)),
  how: fc.constantFrom('change', 'change', 'insert', 'drop'),
});

function changed(
  bytes: Uint8Array,
  changes: readonly { at: number; byte: number; how: string }[],
): Uint8Array {
  const out = [...bytes];
  for (const { at, byte, how } of changes) {
    if (how === 'change') out[at] = byte;
    else if (how === 'insert') out.splice(at, 0, byte);
    else out.splice(at, 1);
  }
  return Uint8Array.from(out);
}

for (const [name, write] of Object.entries(WRITERS))
  test(`the header of a ${name} with a changed head says the size that its decoder says`, async () => {
    const bytes = await write().toBuffer();
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 3 }), async (changes) => {
        const mutant = changed(bytes, changes);
        const header = readImageHeader(mutant, sniffFormat(mutant));
        const size = header === undefined ? undefined : await decodedSize(mutant);
        if (header !== undefined && size !== undefined) assert.deepEqual([header.width, header.height], size);
      }),
      { numRuns: 150 },
    );
  });

const START = [0xff, 0xd8];
const FRAME = [0xff, 0xc0, 0, 17, 8, 0, 7, 0, 9, 3, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0];
const jpeg = (...parts: readonly number[][]) => readImageHeader(Uint8Array.from(parts.flat()), 'jpeg');

test('a JPEG header is read behind what libjpeg passes over, and not behind what it refuses', () => {
  const seen = { width: 9, height: 7, components: 3, plainJpeg: true };
  for (const before of [[0xff, 0xfe, 0, 4, 0xff, 0xc0], [0xff], [1, 2], [0xff, 0], [0xff, 1], [0xff, 0xd3]])
    assert.deepEqual(jpeg(START, before, FRAME), seen, String(before));
  for (const before of [
    [0xff, 0xfe, 0, 1],
    [0xff, 0xd8],
    [0xff, 0xd9],
    [0xff, 0xda, 0, 2],
    [0xff, 0xf7, 0, 2],
    [0xff, 2, 0, 2],
  ])
    assert.equal(jpeg(START, before, FRAME), undefined, String(before));
  assert.equal(jpeg(START, [...FRAME.slice(0, 3), 9, ...FRAME.slice(4)]), undefined);
});

test('a PNG header is IHDR of 13 bytes, and the first chunk', async () => {
  const bytes = await WRITERS.PNG().toBuffer();
  const head = (at: number, value: number) => {
    const copy = Buffer.from(bytes);
    copy[at] = value;
    return readImageHeader(copy, 'png');
  };
  assert.equal(head(12, 0x49)?.width, 301);
  for (const at of [8, 9, 10, 11, 12, 13, 14, 15]) assert.equal(head(at, 1), undefined, String(at));
});
