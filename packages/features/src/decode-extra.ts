import type { ExtraFormat, ImageErrorCode } from '@verger/core';
import { cmykToRgb } from './cmyk.ts';
import { rawOf, sharpWith } from './decoder.ts';
import type { RgbImage } from './gif-decode.ts';
import { grey16ToRgb } from './grey16.ts';

/** Samples of 8 or 16 bits in these spaces of libvips; floating point, LAB and the like are refused, as most are by Pillow. */
const SPACES: readonly string[] = ['srgb', 'rgb', 'b-w', 'cmyk', 'rgb16', 'grey16'];

/**
 * The first page of a TIFF, turned as its orientation says (as Pillow does, with TIFF alone), or an AVIF's primary image. Errors: libvips' own.
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
  const deepGrey = depth === 'ushort' && channels < 3;
  const kind = deepGrey ? 'grey16' : space === 'cmyk' ? 'cmyk' : 'rgb';
  const { data, ...size } = await rawOf(open(), kind);
  if (kind === 'cmyk') return { rgb: cmykToRgb(data), ...size };
  if (kind === 'rgb') return { rgb: data, ...size };
  return {
    rgb: grey16ToRgb(new Uint16Array(data.buffer, data.byteOffset, size.width * size.height)),
    ...size,
  };
}
