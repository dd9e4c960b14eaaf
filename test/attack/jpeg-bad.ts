import type { ImageErrorCode } from '@verger/core';
import { isFrame, type JpegPart, jpegOf, partsOf, segment } from './jpeg.ts';
import { greyInScans } from './jpeg-scans.ts';
import { type BadKind, join, oneOf, patched, type Random, randomBytes } from './kinds.ts';
import { type PhotoWay, photo } from './photo.ts';

/** The parts of a good JPEG, changed. */
const rebuilt =
  (change: (parts: JpegPart[], random: Random) => readonly JpegPart[], way: PhotoWay = 'jpeg') =>
  async (random: Random) =>
    jpegOf(change(partsOf(await photo(random, way)), random));
const without = (marker: number) => rebuilt((parts) => parts.filter((part) => part.marker !== marker));
/**
 * The frame header with bytes replaced: 4 precision, 5 height, 7 width, 9 components, 10 the first component.
 */
const framed = (at: number, values: (random: Random) => readonly number[], way?: PhotoWay) =>
  rebuilt(
    (parts, random) =>
      parts.map((part) =>
        isFrame(part.marker) ? { ...part, bytes: patched(part.bytes, at, values(random)) } : part,
      ),
    way,
  );
/** Another marker on the frame header. */
const kindOfFrame = (marker: number) =>
  rebuilt((parts) =>
    parts.map((part) => (isFrame(part.marker) ? { marker, bytes: patched(part.bytes, 1, [marker]) } : part)),
  );
const before = (marker: number, added: (random: Random) => Uint8Array) =>
  rebuilt((parts, random) =>
    parts.flatMap((part) => (part.marker === marker ? [{ marker: 0, bytes: added(random) }, part] : [part])),
  );

const DECODE: Readonly<Record<string, BadKind['make']>> = {
  'only its two ends': () => join('\xff\xd8\xff\xd9'),
  'width zero': framed(7, () => [0, 0]),
  'height zero': framed(5, () => [0, 0]),
  'no quantisation table': without(0xdb),
  'no frame header': rebuilt((parts) => parts.filter(({ marker }) => !isFrame(marker))),
  'no scan': without(0xda),
  'two frame headers': rebuilt((parts) =>
    parts.flatMap((part) => (isFrame(part.marker) ? [part, part] : [part])),
  ),
  'no component': framed(9, () => [0]),
  'five components': framed(9, () => [5]),
  'a sampling factor of 0': framed(11, () => [0x01]),
  'a sampling factor of 15': framed(11, () => [0xff]),
  'a quantisation table that is not there': framed(12, () => [3]),
  'two components of one name that the scan asks for': framed(13, () => [1]),
  '12 bits a sample': framed(4, () => [12]),
  '0 bits a sample': framed(4, () => [0]),
  'a lossless frame': kindOfFrame(0xc3),
  'a hierarchical frame': kindOfFrame(0xc5),
  'a lossless arithmetic frame': kindOfFrame(0xcb),
  'a JPEG-LS frame': kindOfFrame(0xf7),
  'a Huffman table with more codes than there can be': before(0xda, () =>
    segment(0xc4, join('\0', new Uint8Array(16).fill(255))),
  ),
  'a Huffman table of number 15': before(0xda, () => segment(0xc4, join('\x0f\x01', new Uint8Array(16)))),
  'a quantisation table of number 7': before(0xda, (random) =>
    segment(0xdb, join('\x07', randomBytes(random, 64))),
  ),
  'a scan of a component that is not': rebuilt((parts) =>
    parts.map((part) => (part.marker === 0xda ? { ...part, bytes: patched(part.bytes, 5, [99]) } : part)),
  ),
  'a scan of no component': rebuilt((parts) =>
    parts.map((part) => (part.marker === 0xda ? { ...part, bytes: patched(part.bytes, 4, [0]) } : part)),
  ),
  '48 megapixels in 300 scans': () => greyInScans(8000, 6000, 300),
  'a marker inside its scan': rebuilt((parts, random) =>
    parts.map((part) => {
      if (part.marker !== 0xda) return part;
      const at = Math.floor(part.bytes.length / 2);
      const marker = oneOf(random, [0x02, 0xc0, 0xc2, 0xd8, 0xda, 0xf7]);
      const bytes = join(part.bytes.subarray(0, at), Uint8Array.of(0, 0xff, marker), part.bytes.subarray(at));
      return { ...part, bytes };
    }),
  ),
  'a frame header of a wrong length': framed(3, () => [9]),
};

const CUT: Readonly<Record<string, BadKind['make']>> = {
  'nothing behind the first marker': () => join('\xff\xd8\xff'),
  'a segment that is longer than the file': before(0xdb, (random) =>
    segment(oneOf(random, [0xe0, 0xe1, 0xfe]), 'x', 0xffff),
  ),
  'no end marker and half a scan': async (random) => {
    const bytes = await photo(random, 'jpeg');
    return bytes.subarray(0, Math.floor(bytes.length * (0.5 + random() * 0.4)));
  },
  'a progressive one without its later scans': async (random) => {
    const parts = partsOf(await photo(random, 'progressive'));
    const first = parts.findIndex(({ marker }) => marker === 0xda);
    return jpegOf(parts.slice(0, first + 1));
  },
  'a scan header at its very end': rebuilt((parts) => {
    const at = parts.findIndex(({ marker }) => marker === 0xda);
    return [...parts.slice(0, at), { marker: 0xda, bytes: parts[at]!.bytes.subarray(0, 14) }];
  }),
  'fill bytes without end': async (random) =>
    join((await photo(random, 'jpeg')).subarray(0, 20), new Uint8Array(60_000).fill(255)),
};

const HUGE: Readonly<Record<string, BadKind['make']>> = {
  'a header of 65,535 by 65,535': framed(5, () => [255, 255, 255, 255]),
  'a progressive header of 65,535 by 65,535': framed(5, () => [255, 255, 255, 255], 'progressive'),
  'a header of 65,500 by 65,500': framed(5, () => [0xff, 0xdc, 0xff, 0xdc]),
};

const table = (makes: Readonly<Record<string, BadKind['make']>>, expect: readonly ImageErrorCode[]) =>
  Object.entries(makes).map(
    ([name, make]): BadKind => ({ name: `JPEG: ${name}`, format: 'jpeg', expect, make }),
  );

/** JPEGs that are damaged, cut or too large. */
export const JPEG_BAD: readonly BadKind[] = [
  ...table(DECODE, ['E_IMG_DECODE']),
  ...table(CUT, ['E_IMG_TRUNCATED']),
  ...table(HUGE, ['E_IMG_TOO_MANY_PIXELS']),
];
