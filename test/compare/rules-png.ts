import { crc32, inflateSync } from 'node:zlib';
import { ADAM7 } from '../attack/png.ts';
import { codeOf, type Pair, type Rules } from './rule.ts';

interface Chunk {
  readonly type: string;
  readonly dataAt: number;
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
    chunks.push({ type, dataAt: at + 8, length, isWhole, isSound });
    if (type === 'IEND' || !isWhole) break;
    at = end + 4;
  }
  return chunks;
}

/** The pixels of a PNG, if they are one whole zlib stream. */
function inflated(bytes: Uint8Array): Buffer | undefined {
  const parts = chunksOf(bytes).filter(({ type }) => type === 'IDAT');
  try {
    return inflateSync(
      Buffer.concat(parts.map(({ dataAt, length }) => bytes.subarray(dataAt, dataAt + length))),
    );
  } catch {
    return undefined;
  }
}

interface Header {
  readonly width: number;
  readonly height: number;
  readonly bitsOfPixel: number;
  readonly colour: number;
  readonly interlaced: boolean;
}

const CHANNELS: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };

function headerOf(bytes: Uint8Array): Header | undefined {
  const [first] = chunksOf(bytes);
  if (first?.type !== 'IHDR' || first.length !== 13) return undefined;
  const data = Buffer.from(bytes.subarray(first.dataAt, first.dataAt + 13));
  const colour = data[9]!;
  return {
    width: data.readUInt32BE(0),
    height: data.readUInt32BE(4),
    bitsOfPixel: data[8]! * (CHANNELS[colour] ?? 0),
    colour,
    interlaced: data[12] === 1,
  };
}

/** Bytes of all rows, each with its filter. */
function bytesOfRows({ width, height, bitsOfPixel, interlaced }: Header): number {
  const passes = interlaced ? ADAM7 : [[0, 0, 1, 1] as const];
  let sum = 0;
  for (const [left, top, right, down] of passes) {
    const [columns, rows] = [Math.ceil((width - left) / right), Math.ceil((height - top) / down)];
    if (columns > 0 && rows > 0) sum += rows * (1 + Math.ceil((columns * bitsOfPixel) / 8));
  }
  return sum;
}

function hasTooFewRows(bytes: Uint8Array): boolean {
  const header = headerOf(bytes);
  const rows = inflated(bytes);
  return header !== undefined && rows !== undefined && rows.length < bytesOfRows(header);
}

/** Whether a PNG of a palette has not exactly one before its pixels, or one of no whole number of entries. */
function hasWrongPalette(bytes: Uint8Array): boolean {
  if (headerOf(bytes)?.colour !== 3) return false;
  const chunks = chunksOf(bytes);
  const before = chunks.slice(
    0,
    chunks.findIndex(({ type }) => type === 'IDAT'),
  );
  const [palette, ...more] = before.filter(({ type }) => type === 'PLTE');
  return palette === undefined || more.length > 0 || palette.length === 0 || palette.length % 3 !== 0;
}

const KNOWN = ['IHDR', 'PLTE', 'IDAT', 'IEND'];
const isCritical = ({ type }: Chunk) => /^[A-Z]/.test(type);
const isDecode = (pair: Pair) => codeOf(pair) === 'E_IMG_DECODE';

/** Differences of PNGs. */
export const PNG_RULES: Rules = {
  refused: [
    {
      name: 'PNG: a wrong CRC',
      holds: (pair) =>
        isDecode(pair) &&
        chunksOf(pair.bytes).some((chunk) => isCritical(chunk) && chunk.isWhole && !chunk.isSound),
    },
    {
      name: 'PNG: the header is not the first chunk',
      holds: (pair) => isDecode(pair) && (chunksOf(pair.bytes)[0]?.type ?? 'IHDR') !== 'IHDR',
    },
    {
      name: 'PNG: a critical chunk that is not known',
      holds: (pair) =>
        isDecode(pair) &&
        chunksOf(pair.bytes).some((chunk) => isCritical(chunk) && !KNOWN.includes(chunk.type)),
    },
    {
      name: 'PNG: no palette, or none that can be',
      holds: (pair) => isDecode(pair) && hasWrongPalette(pair.bytes),
    },
    {
      name: 'PNG: cut inside a chunk, or with garbage for one, behind its pixels',
      holds: (pair) => {
        const isCode = ['E_IMG_TRUNCATED', 'E_IMG_DECODE'].includes(codeOf(pair) ?? '');
        const last = chunksOf(pair.bytes).at(-1);
        return isCode && last !== undefined && (last.type !== 'IEND' || !last.isWhole);
      },
    },
    {
      name: 'PNG: a stream of pixels without a right end',
      holds: (pair) => isDecode(pair) && pair.pillow.format === 'PNG' && inflated(pair.bytes) === undefined,
    },
    {
      name: 'PNG: fewer rows than its header says',
      holds: (pair) => isDecode(pair) && hasTooFewRows(pair.bytes),
    },
  ],
  opened: [
    {
      name: 'PNG: all pixels are there, and what Pillow refuses is around them',
      holds: ({ bytes }) => {
        const [head, ...rest] = chunksOf(bytes);
        const pixels = rest.filter(({ type }) => type === 'IDAT');
        return (
          head?.type === 'IHDR' && pixels.length > 0 && [head, ...pixels].every(({ isSound }) => isSound)
        );
      },
    },
  ],
  otherPixels: [],
};
