import { join } from './kinds.ts';

/** A segment: marker, length, data (ITU T.81, B.1.1.4). `length` only where it shall be wrong. */
export function segment(marker: number, data: Uint8Array | string, length?: number): Uint8Array {
  const body = join(data);
  const stated = length ?? body.length + 2;
  return join(Uint8Array.of(0xff, marker, stated >> 8, stated & 255), body);
}

/**
 * A part of a JPEG: its marker, where it begins, and its bytes with marker and length (of SOS: with the data
 * of the scan).
 */
export interface JpegPart {
  readonly marker: number;
  readonly bytes: Uint8Array;
}

const alone = (marker: number) => marker === 0xd8 || marker === 0xd9;
const isRestart = (marker: number) => marker >= 0xd0 && marker <= 0xd7;

/** The parts of a whole, good JPEG in order, SOI and EOI among them. */
export function partsOf(jpeg: Uint8Array): JpegPart[] {
  const parts: JpegPart[] = [];
  for (let at = 0; at < jpeg.length; ) {
    const marker = jpeg[at + 1]!;
    let end = alone(marker) ? at + 2 : at + 2 + jpeg[at + 2]! * 256 + jpeg[at + 3]!;
    if (marker === 0xda)
      while (end < jpeg.length && !(jpeg[end] === 0xff && jpeg[end + 1] !== 0 && !isRestart(jpeg[end + 1]!)))
        end += 1;
    parts.push({ marker, bytes: jpeg.subarray(at, end) });
    at = end;
  }
  return parts;
}

/** True for start-of-frame markers. */
export const isFrame = (marker: number): boolean =>
  marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);

/** The parts as one file. */
export const jpegOf = (parts: readonly JpegPart[]): Uint8Array => join(...parts.map(({ bytes }) => bytes));
