import type { ExtraFormat, ImageErrorCode } from '@verger/core';
import { rawOf, sharpWith } from './sharp.ts';
import { readTiffColours } from './tiff-tags.ts';
import { type RgbImage, rgbOf } from './to-rgb.ts';

/**
 * Samples of 8 or 16 bits in these spaces of libvips; floating point, LAB and the like are refused, as most
 * are by Pillow.
 */
const SPACES: readonly string[] = ['srgb', 'rgb', 'b-w', 'cmyk', 'rgb16', 'grey16'];

const BYTES_OF_PIXEL = { rgb: 3, cmyk: 4, grey16: 2 } as const;

const YCBCR = 6;
/** Grey, RGB, a table, ink and YCbCr: what Pillow opens, too, but for LAB. */
const PHOTOMETRICS: readonly number[] = [0, 1, 2, 3, 5, YCBCR];
const JPEG = 7;

/**
 * Whether libvips would give the numbers of other colours as if they were RGB. It converts YCbCr where JPEG
 * does, and where colours are stored for several pixels at once, to four channels.
 */
function hasOtherColours(bytes: Uint8Array, channels: number): boolean {
  const colours = readTiffColours(bytes);
  if (colours === undefined) return true;
  const { compression, photometric = 0 } = colours;
  if (photometric === YCBCR) return compression !== JPEG && channels !== 4;
  // Of grey with more channels than alpha the first three would be taken.
  return !PHOTOMETRICS.includes(photometric) || (photometric <= 1 && channels > 2);
}

/**
 * The first page of a TIFF, turned as its orientation says (as Pillow does, with TIFF alone), or an AVIF's
 * primary image. Errors: libvips' own.
 */
export async function decodeExtra(
  bytes: Uint8Array,
  format: ExtraFormat,
  maxPixels: number,
): Promise<RgbImage | ImageErrorCode> {
  const open = () => {
    const image = sharpWith(format)(bytes, {
      failOn: 'error',
      ignoreIcc: true,
      limitInputPixels: maxPixels,
    });
    return format === 'tiff' ? image.autoOrient() : image;
  };
  const { width, height, space, depth, channels } = await open().metadata();
  if (width * height > maxPixels) return 'E_IMG_TOO_MANY_PIXELS';
  if (!SPACES.includes(space) || (depth !== 'uchar' && depth !== 'ushort')) return 'E_IMG_DECODE';
  // Of ink only 8 bits: libvips cuts larger values off.
  if (space === 'cmyk' && depth !== 'uchar') return 'E_IMG_DECODE';
  if (format === 'tiff' && hasOtherColours(bytes, channels)) return 'E_IMG_DECODE';
  const deepGrey = depth === 'ushort' && channels < 3;
  const kind = deepGrey ? 'grey16' : space === 'cmyk' ? 'cmyk' : 'rgb';
  const image = await rawOf(open(), kind);
  const isWhole = image.data.length === image.width * image.height * BYTES_OF_PIXEL[kind];
  return isWhole ? rgbOf(image, kind) : 'E_IMG_DECODE';
}
