import { deflateSync } from 'node:zlib';
import { between, join, type OddImage, type OddKind, oneOf, picture, type Random, toRgb } from './kinds.ts';
import { ADAM7, chunk, chunksOf, filtered, IEND, idat, ihdr, pngOf } from './png.ts';

const CHANNELS: Readonly<Record<number, number>> = { 0: 1, 2: 3, 4: 2, 6: 4 };
const side = (random: Random) => between(random, 3, 60);

interface Drawn {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
  readonly rgb: Uint8Array;
}

function draw(random: Random, colour = 2): Drawn {
  const size = { width: side(random), height: side(random), channels: CHANNELS[colour]! };
  const data = picture(random, size);
  return { ...size, data, rgb: toRgb(data, size.channels) };
}

/** An 8-bit PNG of what was drawn, with chunks before and behind its pixels. */
function plain(
  drawn: Drawn,
  more: { colour?: number; before?: Uint8Array[]; behind?: Uint8Array[] } = {},
): OddImage {
  const { width, height, data } = drawn;
  const { colour = 2, before = [], behind = [] } = more;
  const rows = filtered(data, width * CHANNELS[colour]!);
  const bytes = pngOf(ihdr({ width, height, colour }), ...before, idat(rows), ...behind, IEND);
  return { ...drawn, bytes };
}
const withChunks =
  (...before: Uint8Array[]) =>
  (random: Random) =>
    plain(draw(random), { before });

/**
 * PNG's filters (https://www.w3.org/TR/png-3/#9Filters) on rows of 3 bytes a pixel: another one for each row.
 */
function everyFilter(random: Random): OddImage {
  const drawn = draw(random);
  const { width, height, data } = drawn;
  const rowBytes = width * 3;
  const out = new Uint8Array((rowBytes + 1) * height);
  const at = (x: number, y: number) => (x < 0 || y < 0 ? 0 : data[y * rowBytes + x]!);
  for (let y = 0; y < height; y += 1) {
    const filter = (y + between(random, 0, 4)) % 5;
    out[y * (rowBytes + 1)] = filter;
    for (let x = 0; x < rowBytes; x += 1) {
      const [left, up, corner] = [at(x - 3, y), at(x, y - 1), at(x - 3, y - 1)];
      const guess = left + up - corner;
      const near = [left, up, corner].reduce((best, one) =>
        Math.abs(guess - one) < Math.abs(guess - best) ? one : best,
      );
      out[y * (rowBytes + 1) + 1 + x] = at(x, y) - [0, left, up, (left + up) >> 1, near][filter]!;
    }
  }
  return { ...drawn, bytes: pngOf(ihdr({ width, height }), idat(out), IEND) };
}

function interlaced(random: Random): OddImage {
  const drawn = draw(random);
  const { width, height, data } = drawn;
  const rows: number[] = [];
  for (const [left, top, right, down] of ADAM7) {
    if (left >= width) continue;
    for (let y = top; y < height; y += down) {
      rows.push(0);
      for (let x = left; x < width; x += right)
        rows.push(...data.subarray((y * width + x) * 3, (y * width + x) * 3 + 3));
    }
  }
  return { ...drawn, bytes: pngOf(ihdr({ width, height, interlace: 1 }), idat(Uint8Array.from(rows)), IEND) };
}

/** Grey or palette of 1, 2, 4 bits: packed, first pixel in the highest bits. */
function packed(random: Random, colour: 0 | 3): OddImage {
  const depth = oneOf(random, [1, 2, 4]);
  const [width, height] = [side(random), side(random)];
  const values = Uint8Array.from({ length: width * height }, () => between(random, 0, 2 ** depth - 1));
  const rowBytes = Math.ceil((width * depth) / 8);
  const rows = new Uint8Array(rowBytes * height);
  for (const [at, value] of values.entries()) {
    const bit = (at % width) * depth;
    rows[Math.floor(at / width) * rowBytes + (bit >> 3)]! |= value << (8 - depth - (bit & 7));
  }
  const palette = picture(random, { width: 2 ** depth, height: 1, channels: 3 });
  const grey = (value: number) => (value * 255) / (2 ** depth - 1);
  const rgb = Uint8Array.from({ length: values.length * 3 }, (_, at) => {
    const value = values[Math.floor(at / 3)]!;
    return colour === 3 ? palette[value * 3 + (at % 3)]! : grey(value);
  });
  const head = ihdr({ width, height, depth, colour });
  const table = colour === 3 ? [chunk('PLTE', palette)] : [];
  return { bytes: pngOf(head, ...table, idat(filtered(rows, rowBytes)), IEND), width, height, rgb };
}

function deep(random: Random, colour: number): OddImage {
  const drawn = draw(random, colour);
  const { width, height, data } = drawn;
  const rows = Uint8Array.from({ length: data.length * 2 }, (_, at) =>
    at % 2 === 0 ? data[at / 2]! : between(random, 0, 255),
  );
  const head = ihdr({ width, height, depth: 16, colour });
  return { ...drawn, bytes: pngOf(head, idat(filtered(rows, width * CHANNELS[colour]! * 2)), IEND) };
}

/** Pixels in IDAT chunks of a byte each, empty ones among them. */
function crumbs(random: Random): OddImage {
  const drawn = draw(random);
  const whole = plain(drawn).bytes;
  const pixels = chunksOf(whole)
    .find(({ type }) => type === 'IDAT')!
    .bytes.slice(8, -4);
  const parts = [...pixels].flatMap((byte) => [chunk('IDAT', Uint8Array.of(byte)), chunk('IDAT')]);
  return { ...drawn, bytes: pngOf(whole.slice(8, 33), ...parts, IEND) };
}

const bomb = (megabytes: number) =>
  new Uint8Array(deflateSync(new Uint8Array(megabytes * 2 ** 20), { level: 9 }));
const f32 = (value: number) =>
  Uint8Array.of(value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255);

const ODD: Readonly<Record<string, OddKind['make']>> = {
  colour: (random) => plain(draw(random)),
  grey: (random) => plain(draw(random, 0), { colour: 0 }),
  'grey and alpha': (random) => plain(draw(random, 4), { colour: 4 }),
  'colour and alpha': (random) => plain(draw(random, 6), { colour: 6 }),
  '16 bits of colour': (random) => deep(random, 2),
  '16 bits of grey': (random) => deep(random, 0),
  '16 bits of grey and alpha': (random) => deep(random, 4),
  '16 bits of colour and alpha': (random) => deep(random, 6),
  'grey of less than 8 bits': (random) => packed(random, 0),
  'a palette of less than 8 bits': (random) => packed(random, 3),
  'every filter': everyFilter,
  interlaced: interlaced,
  'pixels in crumbs': crumbs,
  'a gamma of 10': withChunks(chunk('gAMA', f32(1_000_000))),
  sRGB: withChunks(chunk('sRGB', '\x02')),
  'chromaticities of nonsense': withChunks(chunk('cHRM', new Uint8Array(32).fill(1))),
  'a background': withChunks(chunk('bKGD', new Uint8Array(6).fill(200))),
  'a physical size of 0': withChunks(chunk('pHYs', new Uint8Array(9))),
  'a suggested palette': withChunks(chunk('PLTE', new Uint8Array(30).fill(9))),
  'significant bits': withChunks(chunk('sBIT', '\x01\x01\x01')),
  'an impossible time': withChunks(chunk('tIME', '\xff\xff\xff\xff\xff\xff\xff')),
  'two thousand texts': withChunks(...Array.from({ length: 2000 }, (_, at) => chunk('tEXt', `k${at}\0v`))),
  'a text with a wrong CRC': withChunks(chunk('tEXt', 'a\0b', { crc: 1 })),
  'a private chunk': withChunks(chunk('vrGr', 'anything')),
  'a compressed text that swells to 64 MiB': withChunks(chunk('zTXt', join('a\0\0', bomb(64)))),
  'an international text that swells to 64 MiB': withChunks(chunk('iTXt', join('a\0\x01\0\0\0', bomb(64)))),
  'a profile that swells to 64 MiB': withChunks(chunk('iCCP', join('a\0\0', bomb(64)))),
  'a text behind its pixels': (random) => plain(draw(random), { behind: [chunk('tEXt', 'a\0b')] }),
  'more rows than it says': (random) => {
    const drawn = draw(random);
    const { width, height, data } = drawn;
    const rows = filtered(join(data, data), width * 3);
    return { ...drawn, bytes: pngOf(ihdr({ width, height }), idat(rows), IEND) };
  },
  'a window that is stated too small': (random) => {
    const image = plain(draw(random));
    const chunks = chunksOf(image.bytes).map(({ type, bytes }) =>
      type === 'IDAT' ? chunk('IDAT', join('\x08\x1d', bytes.subarray(10, -4))) : bytes,
    );
    return { ...image, bytes: pngOf(...chunks) };
  },
  'junk behind its end': (random) => {
    const image = plain(draw(random));
    return { ...image, bytes: join(image.bytes, 'PK\x03\x04<script>') };
  },
};

/** PNGs whose pixels are known because they were written here. */
export const PNG_ODD: readonly OddKind[] = Object.entries(ODD).map(([name, make]) => ({
  name: `PNG by hand: ${name}`,
  format: 'png',
  make,
}));
