import { crc32, deflateSync } from 'node:zlib';
import { join } from './kinds.ts';

export const PNG_SIGNATURE = join('\x89PNG\r\n\x1a\n');

const u32 = (value: number) => [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];

/**
 * One chunk (https://www.w3.org/TR/png-3/#5Chunk-layout). `length` and `crc` only where they shall be wrong.
 */
export function chunk(
  type: string,
  data: Uint8Array | string = '',
  wrong: { length?: number; crc?: number } = {},
): Uint8Array {
  const typed = join(type, data);
  const length = wrong.length ?? typed.length - 4;
  return join(Uint8Array.from(u32(length)), typed, Uint8Array.from(u32(wrong.crc ?? crc32(typed))));
}

/** What stands in IHDR. */
export interface PngHeader {
  readonly width: number;
  readonly height: number;
  readonly depth?: number;
  /** 0 grey, 2 RGB, 3 palette, 4 grey and alpha, 6 RGB and alpha. */
  readonly colour?: number;
  readonly compression?: number;
  readonly filter?: number;
  readonly interlace?: number;
}

/** The IHDR chunk. */
export function ihdr(header: PngHeader): Uint8Array {
  const { width, height, depth = 8, colour = 2, compression = 0, filter = 0, interlace = 0 } = header;
  return chunk(
    'IHDR',
    Uint8Array.from([...u32(width), ...u32(height), depth, colour, compression, filter, interlace]),
  );
}

/** Rows with a filter byte before each. */
export function filtered(rows: Uint8Array, rowBytes: number, filter = 0): Uint8Array {
  const count = rowBytes === 0 ? 0 : rows.length / rowBytes;
  const out = new Uint8Array(rows.length + count);
  for (let row = 0; row < count; row += 1) {
    out[row * (rowBytes + 1)] = filter;
    out.set(rows.subarray(row * rowBytes, (row + 1) * rowBytes), row * (rowBytes + 1) + 1);
  }
  return out;
}

/** An IDAT chunk of these rows. */
export const idat = (data: Uint8Array, level = 6): Uint8Array =>
  chunk('IDAT', new Uint8Array(deflateSync(data, { level })));

export const IEND = chunk('IEND');

/** A PNG of these chunks. */
export const pngOf = (...chunks: readonly Uint8Array[]): Uint8Array => join(PNG_SIGNATURE, ...chunks);

/** The chunks of a whole PNG. */
export function chunksOf(png: Uint8Array): { type: string; bytes: Uint8Array }[] {
  const chunks: { type: string; bytes: Uint8Array }[] = [];
  const view = Buffer.from(png);
  for (let at = 8; at < png.length; ) {
    const end = at + 12 + view.readUInt32BE(at);
    chunks.push({ type: view.toString('latin1', at + 4, at + 8), bytes: png.subarray(at, end) });
    at = end;
  }
  return chunks;
}

/** Adam7 (https://www.w3.org/TR/png-3/#8Interlace): first column, first row, step, step. */
export const ADAM7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;
