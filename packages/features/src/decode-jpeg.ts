import { DEFAULT_MAX_PIXELS, type ImageErrorCode } from '@verger/core';
import { cmykToRgb } from './cmyk.ts';
import { decodeRaw, type RawImage } from './decoder.ts';
import type { RgbImage } from './gif-decode.ts';
import type { ImageHeader } from './image-header.ts';
import { breaksInScan, hasMoreScans } from './jpeg-scans.ts';
import { decodeSmallJpeg, isSmallJpeg } from './small-jpeg.ts';

/** Pixels that a JPEG's scans may walk over, all together: a hundred scans of the largest image, which real ones have ten of. */
const MOST_SCANS_OF_LARGEST = 100;

/**
 * First so that warnings are errors, which costs nothing where there are none. What libjpeg only warns of is decoded once more, unless its
 * scan breaks off: then most of it could be what libjpeg fills it up with.
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
    return await decodeRaw(bytes, { kind, maxPixels, patient: true });
  }
}

/** A JPEG as RGB, or E_IMG_DECODE where it has more scans than any real one or breaks off inside one. Errors: libvips' own. */
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
  if (typeof image === 'string') return image;
  const { data, width, height } = image;
  return { rgb: kind === 'cmyk' ? cmykToRgb(data) : data, width, height };
}
