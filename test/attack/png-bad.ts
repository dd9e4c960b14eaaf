import { deflateSync } from 'node:zlib';
import type { ImageErrorCode } from '@verger/core';
import { type BadKind, between, join, oneOf, patched, picture, type Random, randomBytes } from './kinds.ts';
import { photo } from './photo.ts';
import { chunk, chunksOf, filtered, IEND, idat, ihdr, type PngHeader, pngOf } from './png.ts';

const W = 24;
const H = 16;
const rowsOf = (random: Random, width = W, height = H) =>
  filtered(picture(random, { width, height, channels: 3 }), width * 3);
/** A PNG with this header over good rows of 24×16 RGB. */
const headed = (header: Partial<PngHeader>) => (random: Random) =>
  pngOf(ihdr({ width: W, height: H, ...header }), idat(rowsOf(random)), IEND);
const good = (random: Random) => ({ head: ihdr({ width: W, height: H }), data: idat(rowsOf(random)) });

/** The chunks of a good PNG, changed. */
const rebuilt =
  (change: (chunks: Uint8Array[], random: Random) => readonly Uint8Array[]) => async (random: Random) =>
    pngOf(
      ...change(
        chunksOf(await photo(random, 'png')).map(({ bytes }) => bytes),
        random,
      ),
    );

const flippedCrc = (bytes: Uint8Array) => patched(bytes, bytes.length - 1, [bytes.at(-1)! ^ 0x5a]);

const DECODE: Readonly<Record<string, BadKind['make']>> = {
  'width zero': headed({ width: 0 }),
  'height zero': headed({ height: 0 }),
  'a depth that is not': (random) => headed({ depth: oneOf(random, [0, 3, 5, 7, 9, 32, 255]) })(random),
  'a colour type that is not': (random) => headed({ colour: oneOf(random, [1, 5, 7, 8, 255]) })(random),
  'a depth that its colour type does not have': headed({ depth: 4, colour: 2 }),
  'another compression': headed({ compression: 1 }),
  'another filter method': headed({ filter: 1 }),
  'another interlace method': headed({ interlace: 2 }),
  'a palette image without palette': (random) =>
    pngOf(ihdr({ width: 8, height: 8, colour: 3 }), idat(filtered(randomBytes(random, 64), 8)), IEND),
  'a palette of 257 colours': (random) =>
    pngOf(
      ihdr({ width: 8, height: 8, colour: 3 }),
      chunk('PLTE', randomBytes(random, 771)),
      idat(filtered(randomBytes(random, 64), 8)),
      IEND,
    ),
  'a header with a wrong CRC': rebuilt(([head, ...rest]) => [flippedCrc(head!), ...rest]),
  'no header': rebuilt(([, ...rest]) => rest),
  'pixels before the header': rebuilt(([head, ...rest]) => [rest[0]!, head!, ...rest.slice(1)]),
  'a text before the header': rebuilt((chunks) => [chunk('tEXt', 'Comment\0\xff\xff\xff\xff'), ...chunks]),
  "Apple's chunk before the header": rebuilt((chunks) => [chunk('CgBI', '\x50\0\x20\x02'), ...chunks]),
  'a header of 12 bytes': (random) => {
    const { head, data } = good(random);
    return pngOf(chunk('IHDR', head.subarray(8, 20)), data, IEND);
  },
  'two headers': rebuilt(([head, ...rest]) => [head!, head!, ...rest]),
  'pixels with a wrong CRC': async (random) => {
    const chunks = chunksOf(await photo(random, 'png'));
    return pngOf(...chunks.map(({ type, bytes }) => (type === 'IDAT' ? flippedCrc(bytes) : bytes)));
  },
  'a flipped byte among the pixels': async (random) => {
    const bytes = await photo(random, 'png');
    const at = between(random, Math.floor(bytes.length * 0.3), Math.floor(bytes.length * 0.7));
    return patched(bytes, at, [bytes[at]! ^ between(random, 1, 255)]);
  },
  'pixels that are no zlib stream': (random) =>
    pngOf(good(random).head, chunk('IDAT', join('\x78\x00', randomBytes(random, 300))), IEND),
  'a zlib stream with a wrong checksum in its last row': (random) => {
    const packed = new Uint8Array(deflateSync(rowsOf(random).subarray(0, (W * 3 + 1) * (H - 2))));
    return pngOf(
      good(random).head,
      chunk('IDAT', patched(packed, packed.length - 1, [packed.at(-1)! ^ 1])),
      IEND,
    );
  },
  'rows that are missing': (random) =>
    pngOf(good(random).head, idat(rowsOf(random).subarray(0, (W * 3 + 1) * between(random, 0, H - 2))), IEND),
  'a filter that is not': (random) =>
    pngOf(
      good(random).head,
      idat(filtered(picture(random, { width: W, height: H, channels: 3 }), W * 3, between(random, 5, 255))),
      IEND,
    ),
  'a critical chunk that nobody knows': rebuilt(([head, ...rest]) => [head!, chunk('VRGR', 'x'), ...rest]),
  'a chunk whose name is not letters': rebuilt(([head, ...rest]) => [
    head!,
    chunk('\x01\x02\x03\x04', 'x'),
    ...rest,
  ]),
  'no pixels': (random) => pngOf(good(random).head, IEND),
  'an empty IDAT': (random) => pngOf(good(random).head, chunk('IDAT'), IEND),
  'a data stream that begins with a preset dictionary': (random) =>
    pngOf(good(random).head, chunk('IDAT', join('\x78\xbb', randomBytes(random, 60))), IEND),
};

const CUT: Readonly<Record<string, BadKind['make']>> = {
  'nothing behind the signature': () => pngOf(),
  'nothing behind the header': (random) => pngOf(good(random).head),
  'a chunk longer than any can be': rebuilt(([head, ...rest]) => [
    head!,
    chunk('tEXt', 'a\0b', { length: 0xffffffff }),
    ...rest,
  ]),
  'a chunk that is longer than the file': rebuilt(([head, ...rest]) => [
    head!,
    chunk('tEXt', 'a\0b', { length: 0x7ffffff0 }),
    ...rest,
  ]),
  'pixels that stop in the middle, without an end': async (random) => {
    const bytes = await photo(random, 'png');
    return bytes.subarray(0, between(random, 60, bytes.length - 60));
  },
};

const HUGE: Readonly<Record<string, BadKind['make']>> = {
  '256 megapixels in 33 kB': () =>
    pngOf(
      ihdr({ width: 16384, height: 16384, depth: 1, colour: 0 }),
      idat(new Uint8Array(16384 * 2049), 9),
      IEND,
    ),
  'a header of 65,535 by 65,535': headed({ width: 65_535, height: 65_535 }),
  'a header of 2,147,483,647 by 2,147,483,647': headed({ width: 2 ** 31 - 1, height: 2 ** 31 - 1 }),
  'a header of 2,147,483,647 by 1': headed({ width: 2 ** 31 - 1, height: 1 }),
  'a header of 1 by 2,147,483,647': headed({ width: 1, height: 2 ** 31 - 1 }),
  'a header of 4,294,967,295 by 4,294,967,295': headed({ width: 2 ** 32 - 1, height: 2 ** 32 - 1 }),
  'one column more than 50 megapixels': headed({ width: 10_001, height: 5_000 }),
};

const table = (makes: Readonly<Record<string, BadKind['make']>>, expect: readonly ImageErrorCode[]) =>
  Object.entries(makes).map(
    ([name, make]): BadKind => ({ name: `PNG: ${name}`, format: 'png', expect, make }),
  );

/** PNGs that are damaged, cut or too large. */
export const PNG_BAD: readonly BadKind[] = [
  ...table(DECODE, ['E_IMG_DECODE']),
  ...table(CUT, ['E_IMG_TRUNCATED']),
  ...table(HUGE, ['E_IMG_TOO_MANY_PIXELS']),
];
