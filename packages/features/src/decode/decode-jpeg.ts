import { DEFAULT_MAX_PIXELS, type ImageErrorCode } from '@verger/core';
import type { ImageHeader } from './image-header.ts';
import { breaksInScan, hasMoreScans } from './jpeg-scans.ts';
import { decodeRaw, type RawImage } from './sharp.ts';
import { decodeSmallJpeg, isSmallJpeg } from './small-jpeg.ts';
import { type RgbImage, rgbOf } from './to-rgb.ts';

/**
 * Pixels that a JPEG's scans may walk over, all together: a hundred scans of the largest image, which real
 * ones have ten of.
 */
const MOST_SCANS_OF_LARGEST = 100;

/**
 * First so that warnings are errors, which costs nothing where there are none. What libjpeg only warns of is
 * decoded once more, unless its scan breaks off: then most of it could be what libjpeg fills it up with.
 */
async function decodeCarefully(
  bytes: Uint8Array,
  kind: 'rgb' | 'cmyk',
  maxPixels: number,
): Promise<RawImage | ImageErrorCode> {
  try {
    return await decodeRaw(bytes, { kind, maxPixels, strict: true });
  } catch (error) {
    if (error instanceof RangeError) throw error;
    if (breaksInScan(bytes)) return 'E_IMG_DECODE';
    const image = await decodeRaw(bytes, { kind, maxPixels, patient: true });
    return isMostlyFilledUp(image.data) ? 'E_IMG_TRUNCATED' : image;
  }
}

/**
 * True when more than half of a picture, up to its last pixel, is what libjpeg puts in place of blocks that
 * are not there: all coefficients 0, so mid-grey (128), and 127 of inverted CMYK.
 */
function isMostlyFilledUp(data: Uint8Array): boolean {
  const fill = data.at(-1);
  if (fill !== 128 && fill !== 127) return false;
  return lastOther(data, fill) + 1 < data.length / 2;
}

/** The index of the last value that is another one; -1 for none. */
function lastOther(data: Uint8Array, value: number): number {
  let at = data.length - 1;
  while (at >= 0 && data[at] === value) at -= 1;
  return at;
}

/**
 * A JPEG as RGB; E_IMG_DECODE where it has more scans than any real one or breaks off inside one,
 * E_IMG_TRUNCATED where most of it is not there. Errors: libvips' own.
 */
export async function decodeJpeg(
  bytes: Uint8Array,
  header: ImageHeader | undefined,
  maxPixels: number,
): Promise<RgbImage | ImageErrorCode> {
  if (header !== undefined) {
    const most =
      (MOST_SCANS_OF_LARGEST * Math.max(maxPixels, DEFAULT_MAX_PIXELS)) /
      Math.max(1, header.width * header.height);
    if (hasMoreScans(bytes, most)) return 'E_IMG_DECODE';
  }
  if (isSmallJpeg(bytes, header)) {
    const rgb = await decodeSmallJpeg(bytes, header);
    if (rgb !== undefined) return { rgb, width: header.width, height: header.height };
  }
  const kind = header?.components === 4 ? 'cmyk' : 'rgb';
  const image = await decodeCarefully(bytes, kind, maxPixels);
  return typeof image === 'string' ? image : rgbOf(image, kind);
}
