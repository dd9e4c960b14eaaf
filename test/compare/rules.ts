import { crc32, inflateSync } from 'node:zlib';
import { DEFAULT_MAX_PIXELS, type ExtraFormat, type ImageErrorCode, MAX_IMAGE_BYTES } from '@verger/core';
import type { Seen } from './our-answer.ts';
import type { PillowAnswer } from './pillow-answer.ts';

/** One image, and what both made of it. */
export interface Pair {
  readonly bytes: Uint8Array;
  readonly pillow: PillowAnswer;
  readonly ours: Seen;
  readonly limits: {
    readonly maxPixels?: number | undefined;
    readonly formats?: readonly ExtraFormat[] | undefined;
  };
}

/** A documented difference: its name in docs/images.md, and when it is the reason. */
interface Rule {
  readonly name: string;
  holds(pair: Pair): boolean;
}

const codeOf = ({ ours }: Pair): ImageErrorCode | undefined =>
  'code' in ours.answer ? ours.answer.code : undefined;
const digestOf = ({ ours }: Pair) => ('sha256' in ours.answer ? ours.answer.sha256 : undefined);

interface Chunk {
  readonly type: string;
  readonly length: number;
  readonly isWhole: boolean;
  readonly isSound: boolean;
}

/** The chunks of a PNG up to its end, or where it is cut. */
function chunksOf(bytes: Uint8Array): Chunk[] {
  const file = Buffer.from(bytes);
  const chunks: Chunk[] = [];
  if (file.toString('latin1', 0, 4) !== '\x89PNG') return chunks;
  for (let at = 8; at + 12 <= file.length; ) {
    const length = file.readUInt32BE(at);
    const type = file.toString('latin1', at + 4, at + 8);
    const end = at + 8 + length;
    const isWhole = end + 4 <= file.length;
    const isSound = isWhole && crc32(file.subarray(at + 4, end)) === file.readUInt32BE(end);
    chunks.push({ type, length, isWhole, isSound });
    if (type === 'IEND' || !isWhole) break;
    at = end + 4;
  }
  return chunks;
}

/** Whether the pixels of a PNG are one whole zlib stream. */
function inflates(bytes: Uint8Array): boolean {
  const parts: Uint8Array[] = [];
  let at = 8;
  for (const { type, length } of chunksOf(bytes)) {
    if (type === 'IDAT') parts.push(bytes.subarray(at + 8, at + 8 + length));
    at += 12 + length;
  }
  try {
    inflateSync(Buffer.concat(parts));
    return true;
  } catch {
    return false;
  }
}

/** Whether a GIF has something other than extensions and zeros between its screen and its first frame. */
function hasUnknownBlock(bytes: Uint8Array): boolean {
  if (Buffer.from(bytes.subarray(0, 3)).toString('latin1') !== 'GIF') return false;
  const packed = bytes[10] ?? 0;
  let at = 13 + (packed & 0x80 ? 3 * 2 ** ((packed & 7) + 1) : 0);
  while (bytes[at] === 0x21 || bytes[at] === 0) {
    if (bytes[at] === 0x21) for (at += 2; bytes[at] !== undefined && bytes[at] !== 0; ) at += 1 + bytes[at]!;
    at += 1;
  }
  return at < bytes.length && bytes[at] !== 0x2c;
}

const ALWAYS_OPEN = ['JPEG', 'MPO', 'PNG', 'GIF', 'WEBP'];
const isCritical = ({ type }: Chunk) => /^[A-Z]/.test(type);

/** Pillow gives pixels, the product a code. */
const REFUSED: readonly Rule[] = [
  {
    name: 'another format (--formats opens TIFF and AVIF)',
    holds: (pair) => {
      const opened = [...ALWAYS_OPEN, ...(pair.limits.formats ?? []).map((name) => name.toUpperCase())];
      const isOther = !opened.includes(pair.pillow.format ?? '');
      return isOther && ['E_IMG_FORMAT_DENIED', 'E_IMG_UNSUPPORTED'].includes(codeOf(pair) ?? '');
    },
  },
  {
    name: 'more pixels than are allowed (--max-pixels)',
    holds: (pair) => {
      const [width, height] = pair.pillow.size ?? [0, 0];
      const most = pair.limits.maxPixels ?? DEFAULT_MAX_PIXELS;
      return codeOf(pair) === 'E_IMG_TOO_MANY_PIXELS' && width * height > most;
    },
  },
  {
    name: 'a file of more than 64 MiB',
    holds: (pair) => codeOf(pair) === 'E_IMG_TOO_LARGE' && pair.bytes.length > MAX_IMAGE_BYTES,
  },
  {
    name: 'PNG: a wrong CRC',
    holds: (pair) =>
      codeOf(pair) === 'E_IMG_DECODE' &&
      chunksOf(pair.bytes).some((chunk) => isCritical(chunk) && chunk.isWhole && !chunk.isSound),
  },
  {
    name: 'PNG: cut inside a chunk, or with garbage for one, behind its pixels',
    holds: (pair) => {
      const isCode = ['E_IMG_TRUNCATED', 'E_IMG_DECODE'].includes(codeOf(pair) ?? '');
      const chunks = chunksOf(pair.bytes);
      return (
        isCode && chunks.length > 0 && (chunks.at(-1)?.type !== 'IEND' || chunks.at(-1)?.isWhole === false)
      );
    },
  },
  {
    name: 'PNG: a stream of pixels without a right end',
    holds: (pair) => codeOf(pair) === 'E_IMG_DECODE' && pair.pillow.format === 'PNG' && !inflates(pair.bytes),
  },
  {
    name: 'JPEG: a scan that breaks off at a segment; Pillow fills up the rest',
    holds: (pair) => codeOf(pair) === 'E_IMG_DECODE' && pair.ours.sharp?.spotless === false,
  },
  {
    name: 'GIF: an unknown block before its first frame',
    holds: (pair) => codeOf(pair) === 'E_IMG_DECODE' && hasUnknownBlock(pair.bytes),
  },
  {
    name: 'TIFF: a kind that is not opened (32 bits, floating point, LAB, tiles of planes and others)',
    holds: (pair) => pair.pillow.format === 'TIFF' && codeOf(pair) === 'E_IMG_DECODE',
  },
  {
    name: 'PNG: the header is not the first chunk',
    holds: (pair) => codeOf(pair) === 'E_IMG_DECODE' && (chunksOf(pair.bytes)[0]?.type ?? 'IHDR') !== 'IHDR',
  },
];

/** Mean difference of brightness (ITU-R BT.601) of two images of RGB, in 255ths. */
function lumaDistance(a: Uint8Array, b: Uint8Array): number {
  const luma = (pixels: Uint8Array, at: number) =>
    0.299 * pixels[at]! + 0.587 * pixels[at + 1]! + 0.114 * pixels[at + 2]!;
  let sum = 0;
  for (let at = 0; at < a.length; at += 3) sum += Math.abs(luma(a, at) - luma(b, at));
  return sum / (a.length / 3);
}

/** Both give pixels, and not the same ones. */
const OTHER_PIXELS: readonly Rule[] = [
  {
    name: 'grey of 16 bits above 255: the high byte, which Pillow clips to white',
    holds: (pair) => pair.pillow.high !== undefined && pair.pillow.high === digestOf(pair),
  },
  {
    name: 'GIF: a table of its own that is the grey ramp, where Pillow takes the global one',
    holds: (pair) => pair.pillow.grey !== undefined && pair.pillow.grey === digestOf(pair),
  },
  {
    name: 'TIFF: colours that are stored multiplied with their alpha stay so',
    holds: ({ pillow }) => pillow.associated === true,
  },
  {
    name: 'TIFF: YCbCr is converted with the coefficients of the file',
    holds: ({ pillow }) => pillow.format === 'TIFF' && pillow.mode === 'YCbCr',
  },
  {
    name: 'AVIF: it says how it is to be turned, which Pillow leaves to others',
    holds: ({ bytes, pillow }) =>
      pillow.format === 'AVIF' && ['irot', 'imir'].some((box) => Buffer.from(bytes).includes(box)),
  },
  {
    name: 'AVIF: colours are made from fewer by another library; brightness is the same',
    holds: ({ ours, pillow }) => {
      if (ours.pixels === undefined || pillow.pixels === undefined) return false;
      return lumaDistance(ours.pixels, Buffer.from(pillow.pixels, 'base64')) <= 1;
    },
  },
  {
    name: 'a small damaged JPEG: only the WebAssembly decoder differs',
    holds: (pair) => pair.ours.sharp?.sha256 !== undefined && pair.ours.sharp.sha256 === pair.pillow.sha256,
  },
];

/** Pillow refuses, the product gives pixels. */
const OPENED: readonly Rule[] = [
  {
    name: 'PNG: all pixels are there, and what Pillow refuses is around them',
    holds: ({ bytes }) => {
      const [head, ...rest] = chunksOf(bytes);
      const pixels = rest.filter(({ type }) => type === 'IDAT');
      return head?.type === 'IHDR' && pixels.length > 0 && [head, ...pixels].every(({ isSound }) => isSound);
    },
  },
  {
    name: 'JPEG: a header that libjpeg reads and Pillow does not',
    holds: ({ pillow, ours }) =>
      pillow.format == null && 'sha256' in ours.answer && ours.sharp?.sha256 === ours.answer.sha256,
  },
  {
    name: 'TIFF: a compression that this Pillow does not have',
    holds: ({ pillow }) => pillow.format === 'TIFF' && /decoder error/.test(pillow.refused ?? ''),
  },
  {
    name: 'JPEG: all pixels are there, and what Pillow refuses is behind them',
    holds: (pair) => pair.ours.sharp?.spotless === true,
  },
];

/** How the two answers compare. `rule`: the documented difference, if one holds. */
export type Verdict =
  | { readonly kind: 'equal' | 'both refuse' }
  | { readonly kind: 'refused' | 'opened' | 'other pixels'; readonly rule: string | undefined };

/** Compares the two answers. Pure. */
export function judge(pair: Pair): Verdict {
  const code = codeOf(pair);
  if (pair.pillow.sha256 === undefined) {
    if (code !== undefined) return { kind: 'both refuse' };
    return { kind: 'opened', rule: OPENED.find((rule) => rule.holds(pair))?.name };
  }
  if (code !== undefined) return { kind: 'refused', rule: REFUSED.find((rule) => rule.holds(pair))?.name };
  if (digestOf(pair) === pair.pillow.sha256) return { kind: 'equal' };
  return { kind: 'other pixels', rule: OTHER_PIXELS.find((rule) => rule.holds(pair))?.name };
}
