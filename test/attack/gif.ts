import { join } from './kinds.ts';

const u16 = (value: number) => Uint8Array.from([value & 255, value >> 8]);

/** Bytes as GIF sub-blocks, with the empty one that ends them. */
export function subBlocks(data: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [];
  for (let at = 0; at < data.length; at += 255) {
    const part = data.subarray(at, at + 255);
    parts.push(Uint8Array.of(part.length), part);
  }
  return join(...parts, '\0');
}

/**
 * LZW without compression: a clear code before the table grows, so that all codes have `minimum + 1` bits.
 * Any decoder reads it.
 */
export function lzw(indices: Uint8Array, minimum: number): Uint8Array {
  const bits = minimum + 1;
  const clear = 1 << minimum;
  const out: number[] = [];
  let held = 0;
  let count = 0;
  const put = (code: number) => {
    held |= code << count;
    for (count += bits; count >= 8; count -= 8, held >>>= 8) out.push(held & 255);
  };
  for (const [at, index] of indices.entries()) {
    if (at % (clear - 2) === 0) put(clear);
    put(index);
  }
  put(clear + 1);
  if (count > 0) out.push(held & 255);
  return Uint8Array.from(out);
}

/** The signature and the logical screen. `palette`: RGB bytes of 2, 4, … 256 colours, or none. */
export function screen(width: number, height: number, palette?: Uint8Array): Uint8Array {
  const packed = palette === undefined ? 0 : 0x80 | 0x70 | (Math.log2(palette.length / 3) - 1);
  return join('GIF89a', u16(width), u16(height), Uint8Array.of(packed, 0, 0), palette ?? '');
}

export interface GifFrameOptions {
  readonly left?: number;
  readonly top?: number;
  readonly width: number;
  readonly height: number;
  /** 0x40 interlaced, 0x80 and size a local palette. */
  readonly packed?: number;
  readonly minimum?: number;
}

/** One frame of these LZW bytes. */
export function frame(data: Uint8Array, options: GifFrameOptions): Uint8Array {
  const { left = 0, top = 0, width, height, packed = 0, minimum = 8 } = options;
  const place = join(u16(left), u16(top), u16(width), u16(height));
  return join(',', place, Uint8Array.of(packed, minimum), subBlocks(data));
}

/** A graphic control extension. */
export const control = (flags: number, transparent = 0): Uint8Array =>
  join('!\xf9\x04', Uint8Array.of(flags, 5, 0, transparent, 0));

export const TRAILER = join(';');
