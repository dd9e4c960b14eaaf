import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32, deflateSync } from 'node:zlib';
import { type ImageErrorCode, MAX_IMAGE_BYTES, sha256 } from '@verger/core';
import { PROBE_IMAGES } from '../probes/probe-images.ts';
import { resizeBicubic } from '../resize/resize.ts';
import { decodeImage } from './decode-image.ts';
import { preparedSharp } from './sharp.ts';

async function codeOf(bytes: Uint8Array): Promise<ImageErrorCode | 'ok'> {
  const result = await decodeImage(bytes);
  return result.ok ? 'ok' : result.code;
}

async function pixelsOf(bytes: Uint8Array): Promise<Uint8Array> {
  const result = await decodeImage(bytes);
  assert.ok(result.ok, result.ok ? '' : result.code);
  return result.pixels;
}

/** Noise, so that no format can make it tiny. */
const noise = (width: number, height: number, channels: 1 | 3 | 4) => {
  const data = Uint8Array.from({ length: width * height * channels }, (_, at) => (at * 2654435761) >>> 24);
  return { data, image: preparedSharp()(data, { raw: { width, height, channels } }) };
};

function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const out = Buffer.alloc(body.length + 8);
  out.writeUInt32BE(data.length, 0);
  body.copy(out, 4);
  out.writeUInt32BE(crc32(body), body.length + 4);
  return out;
}

/** A PNG by hand. `rows` without filter bytes, any depth and colour type. */
function png(
  header: { width: number; height: number; depth: number; colour: number },
  rows: Uint8Array[],
): Buffer {
  const ihdr = Buffer.alloc(13);
  ihdr.writeUInt32BE(header.width, 0);
  ihdr.writeUInt32BE(header.height, 4);
  ihdr.set([header.depth, header.colour, 0, 0, 0], 8);
  const data = deflateSync(Buffer.concat(rows.map((row) => Buffer.concat([Buffer.from([0]), row]))));
  const signature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
  return Buffer.concat([
    signature,
    chunk('IHDR', ihdr),
    chunk('IDAT', data),
    chunk('IEND', new Uint8Array()),
  ]);
}

test('no bytes are E_IMG_EMPTY, and more than 64 MiB are E_IMG_TOO_LARGE', async () => {
  assert.equal(await codeOf(new Uint8Array()), 'E_IMG_EMPTY');
  assert.equal(await codeOf(new Uint8Array(MAX_IMAGE_BYTES + 1)), 'E_IMG_TOO_LARGE');
  assert.equal(await codeOf(new Uint8Array(MAX_IMAGE_BYTES)), 'E_IMG_UNSUPPORTED');
});

test('the pixels are those given, where some are given', async () => {
  const bytes = await noise(30, 20, 3).image.png().toBuffer();
  const given = new Uint8Array(224 * 224 * 3).fill(9);
  const result = await decodeImage(bytes, given);
  assert.equal(result.ok && result.pixels, given);
  assert.deepEqual(given, await pixelsOf(bytes));
});

test('a refused format and no format at all have their own codes', async () => {
  assert.equal(await codeOf(Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>')), 'E_IMG_FORMAT_DENIED');
  assert.equal(await codeOf(Buffer.from('not an image')), 'E_IMG_UNSUPPORTED');
});

test('the loaders of refused formats are shut in sharp itself', async () => {
  await decodeImage(Buffer.from('anything'));
  const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="4" height="4"/>');
  await assert.rejects(preparedSharp()(svg).raw().toBuffer(), /unsupported image format/);
});

test('more than 50 million pixels are refused by the header, before any is decoded', async () => {
  const header = { width: 10_000, height: 5_001, depth: 8, colour: 2 };
  assert.equal(await codeOf(png(header, [])), 'E_IMG_TOO_MANY_PIXELS');
  const { image } = noise(16, 16, 3);
  const gif = await image.gif().toBuffer();
  gif.writeUInt16LE(65_535, 6);
  gif.writeUInt16LE(65_535, 8);
  assert.equal(await codeOf(gif), 'E_IMG_TOO_MANY_PIXELS');
});

test('fifty million pixels and no more are still decoded', async () => {
  const flat = preparedSharp()({
    create: { width: 10_000, height: 5_000, channels: 3, background: '#123456' },
  });
  assert.equal(await codeOf(await flat.png({ compressionLevel: 1 }).toBuffer()), 'ok');
});

for (const format of ['jpeg', 'png', 'webp', 'gif'] as const) {
  test(`a ${format} that is cut anywhere is E_IMG_TRUNCATED`, async () => {
    const { image } = noise(64, 48, 3);
    const bytes = await image.toFormat(format).toBuffer();
    assert.equal(await codeOf(bytes), 'ok');
    for (const share of [0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 0.98]) {
      const length = Math.max(4, Math.floor(bytes.length * share));
      assert.equal(
        await codeOf(bytes.subarray(0, length)),
        'E_IMG_TRUNCATED',
        `${length} of ${bytes.length}`,
      );
    }
  });
}

test('a progressive JPEG that is cut after its first scan is E_IMG_TRUNCATED', async () => {
  const { image } = noise(64, 48, 3);
  const bytes = await image.jpeg({ progressive: true }).toBuffer();
  assert.equal(await codeOf(bytes.subarray(0, Math.floor(bytes.length * 0.8))), 'E_IMG_TRUNCATED');
});

test('a PNG with a flipped byte in its data is E_IMG_DECODE', async () => {
  const { image } = noise(64, 48, 3);
  const bytes = await image.png().toBuffer();
  bytes[Math.floor(bytes.length / 2)]! ^= 0x55;
  assert.equal(await codeOf(bytes), 'E_IMG_DECODE');
});

test('a JPEG of a kind that is not decoded is a value, not an error', async () => {
  const { image } = noise(32, 32, 3);
  const bytes = await image.jpeg().toBuffer();
  const frame = bytes.indexOf(Buffer.from([0xff, 0xc0]));
  bytes[frame + 1] = 0xc3; // lossless
  assert.equal(await codeOf(bytes), 'E_IMG_DECODE');
});

test('alpha is dropped: what is transparent keeps its colour', async () => {
  const { data, image } = noise(40, 30, 4);
  const rgb = data.filter((_, at) => at % 4 < 3);
  assert.deepEqual(
    await pixelsOf(await image.png().toBuffer()),
    resizeBicubic(rgb, { width: 40, height: 30 }),
  );
});

test('grey is repeated in three channels', async () => {
  const { data, image } = noise(40, 30, 1);
  const rgb = Uint8Array.from({ length: 3600 }, (_, at) => data[Math.floor(at / 3)]!);
  const written = await image.toColourspace('b-w').png().toBuffer();
  assert.deepEqual(await pixelsOf(written), resizeBicubic(rgb, { width: 40, height: 30 }));
});

test('samples of 16 bits keep their high byte, in colour and in grey', async () => {
  const rows = Array.from({ length: 5 }, (_, y) =>
    Uint8Array.from({ length: 36 }, (_, x) => (x * 31 + y * 57) & 255),
  );
  const high = Buffer.concat(rows).filter((_, at) => at % 2 === 0);
  const colour = await pixelsOf(png({ width: 6, height: 5, depth: 16, colour: 2 }, rows));
  assert.deepEqual(colour, resizeBicubic(high, { width: 6, height: 5 }));
  const grey = await pixelsOf(png({ width: 18, height: 5, depth: 16, colour: 0 }, rows));
  const repeated = Uint8Array.from({ length: high.length * 3 }, (_, at) => high[Math.floor(at / 3)]!);
  assert.deepEqual(grey, resizeBicubic(repeated, { width: 18, height: 5 }));
});

test('grey PNGs of 16 bits that go up to 255 have these values', async () => {
  const rows = [Uint8Array.from({ length: 36 }, (_, x) => (x % 2) * (x * 7))];
  const low = Uint8Array.from({ length: 54 }, (_, at) => (2 * Math.floor(at / 3) + 1) * 7);
  const grey = await pixelsOf(png({ width: 18, height: 1, depth: 16, colour: 0 }, rows));
  assert.deepEqual(grey, resizeBicubic(low, { width: 18, height: 1 }));
});

/** A PNG with a chunk before its header. */
function preceded(file: Buffer, type: string, data: string): Buffer {
  return Buffer.concat([file.subarray(0, 8), chunk(type, Buffer.from(data, 'latin1')), file.subarray(8)]);
}

test('a PNG whose header is not its first chunk is E_IMG_DECODE, whatever the bytes there say', async () => {
  const file = await noise(24, 16, 3).image.png().toBuffer();
  assert.equal(await codeOf(preceded(file, 'tEXt', 'Comment\0\xff\xff\xff\xff\xff\xff')), 'E_IMG_DECODE');
  assert.equal(await codeOf(preceded(file, 'CgBI', '\x50\0\x20\x02')), 'E_IMG_DECODE');
  assert.equal(await codeOf(preceded(file, 'IHDR', '\xff\xff\xff\xff\xff\xff\xff\xff')), 'E_IMG_DECODE');
});

/** A larger JPEG than the small ones, with bytes put into the middle of its scan. */
async function withinScan(...added: number[]): Promise<Buffer> {
  const file = await noise(320, 240, 3).image.jpeg().toBuffer();
  const middle = file.length >> 1;
  return Buffer.concat([file.subarray(0, middle), Uint8Array.from(added), file.subarray(middle)]);
}

test('a JPEG that breaks off inside its scan is E_IMG_DECODE, not a grey picture', async () => {
  for (const marker of [0xf7, 0x42, 0xc0, 0xc4, 0xd8, 0xda, 0xe3])
    assert.equal(await codeOf(await withinScan(0xff, marker)), 'E_IMG_DECODE', marker.toString(16));
});

test('what Pillow passes over, too, still gives pixels: a restart that nobody asked for', async () => {
  assert.equal(await codeOf(await withinScan(0xff, 0xd2)), 'ok');
});

test('a JPEG that ends early is refused where most of it is not there, in every colour space', async () => {
  for (const size of [60, 400])
    for (const kind of ['colour', 'grey', 'cmyk']) {
      const { image } = noise(size, size, 3);
      const whole = { colour: image, grey: image.greyscale(), cmyk: image.toColourspace('cmyk') }[kind];
      const file = await (whole ?? image).jpeg().toBuffer();
      const data = file.lastIndexOf(Buffer.of(0xff, 0xda)) + 14;
      const ended = (share: number) => {
        const at = data + Math.floor((file.length - 2 - data) * share);
        return Buffer.concat([file.subarray(0, at), Buffer.of(0, 0xff, 0xd9)]);
      };
      assert.equal(await codeOf(ended(0.2)), 'E_IMG_TRUNCATED', `${kind} ${size}`);
      assert.equal(await codeOf(ended(0.8)), 'ok', `${kind} ${size}`);
    }
});

test('a progressive JPEG with 150 spare scans has the pixels of its scans', async () => {
  for (const size of [48, 320]) {
    const file = await noise(size, size, 3).image.jpeg({ progressive: true }).toBuffer();
    const last = file.lastIndexOf(Buffer.of(0xff, 0xda));
    // Once more the last refinement: libjpeg warns of its progression, and changes the same bits again.
    const scan = file.subarray(last, -2);
    const repeated = Buffer.concat([
      file.subarray(0, -2),
      ...Array.from({ length: 150 }, () => scan),
      Buffer.of(0xff, 0xd9),
    ]);
    assert.equal(await codeOf(repeated), 'ok', String(size));
  }
});

test('a run may allow more pixels, or fewer', async () => {
  const file = await noise(30, 20, 3).image.png().toBuffer();
  const answer = async (bytes: Uint8Array, maxPixels: number) => {
    const result = await decodeImage(bytes, undefined, { maxPixels });
    return result.ok ? 'ok' : result.code;
  };
  assert.equal(await answer(file, 600), 'ok');
  assert.equal(await answer(file, 599), 'E_IMG_TOO_MANY_PIXELS');
  const large = png({ width: 10_000, height: 5_001, depth: 1, colour: 0 }, [new Uint8Array(1251 * 5001 - 1)]);
  assert.equal(await answer(large, 50_009_999), 'E_IMG_TOO_MANY_PIXELS');
});

/** A PNG without the chunks of that type. */
function without(file: Buffer, type: string): Buffer {
  const parts = [file.subarray(0, 8)];
  for (let at = 8; at < file.length; ) {
    const end = at + 12 + file.readUInt32BE(at);
    if (file.toString('latin1', at + 4, at + 8) !== type) parts.push(file.subarray(at, end));
    at = end;
  }
  return Buffer.concat(parts);
}

test('a colour profile is not applied: the stored numbers count', async () => {
  const tagged = await noise(40, 30, 3).image.withIccProfile('p3').png().toBuffer();
  const plain = without(tagged, 'iCCP');
  assert.ok(plain.length < tagged.length, 'there was a profile');
  assert.deepEqual(await pixelsOf(tagged), await pixelsOf(plain));
});

test('an orientation is not applied', async () => {
  const { data, image } = noise(40, 30, 3);
  const turned = await image.withMetadata({ orientation: 6 }).png().toBuffer();
  assert.equal((await preparedSharp()(turned).metadata()).orientation, 6);
  assert.deepEqual(await pixelsOf(turned), resizeBicubic(data, { width: 40, height: 30 }));
});

/** Made with Pillow 13.0, whose `convert("RGB").resize((224, 224))` has these digests. */
const PILLOW_FILES = {
  'a GIF with transparency and a frame smaller than its screen': [
    'R0lGODlhCwAJAIEAAMgKHhTSKDI83PDmFCH5BAEAAAIALAAAAAAIAAYAAAgZAAEEEDBAIMGBBRECIGgwYUKGAxs2VKgwIAA7',
    '77c48172df715cd758f3b66f5a78d8f19cfe321629248bfbb2c2116bbf1975d4',
  ],
  'a GIF whose frame is smaller than its screen': [
    'R0lGODdhCwAJAIEAAMgKHhTSKDI83PDmFCwAAAAACAAGAAAIGQABBBAwQCDBgQURAiBoMGFChgMbNlSoMCAAOw==',
    '778aad0d1ec83df2b7d5eba9cd54a2eeb7d0f58e9826735570880eb52ac22671',
  ],
} as const;

for (const [name, [file, hash]] of Object.entries(PILLOW_FILES)) {
  test(`${name} has Pillow's pixels`, async () => {
    assert.equal(sha256(await pixelsOf(Buffer.from(file, 'base64'))), hash);
  });
}

test('of an animation the first frame is taken', async () => {
  const frames = noise(24, 40, 3).data;
  const animation = preparedSharp()(frames, { raw: { width: 24, height: 40, channels: 3, pageHeight: 20 } });
  const first = frames.slice(0, 24 * 20 * 3);
  const webp = await animation
    .clone()
    .webp({ lossless: true, loop: 0, delay: [50, 50] })
    .toBuffer();
  assert.deepEqual(await pixelsOf(webp), resizeBicubic(first, { width: 24, height: 20 }));
});

test('one image at a time or many at once: the same pixels', async () => {
  const files = PROBE_IMAGES.map(({ file }) => Buffer.from(file, 'base64'));
  const together = await Promise.all([...files, ...files].map(pixelsOf));
  for (const [index, pixels] of together.entries())
    assert.equal(sha256(pixels), PROBE_IMAGES[index % 3]?.pixelsSha256);
});
