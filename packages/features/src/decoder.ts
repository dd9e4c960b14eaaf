import sharp, { type Sharp } from 'sharp';

let prepared = false;

/**
 * sharp as it is used everywhere in this process: one thread, no cache, and only the loaders of JPEG, PNG, WebP and GIF from memory.
 * libvips' settings are global to the process, so this is done once, whoever comes first.
 */
export function preparedSharp(): typeof sharp {
  if (!prepared) {
    sharp.concurrency(1);
    sharp.cache(false);
    sharp.block({ operation: ['VipsForeignLoad'] });
    sharp.unblock({
      operation: [
        'VipsForeignLoadJpegBuffer',
        'VipsForeignLoadPngBuffer',
        'VipsForeignLoadWebpBuffer',
        'VipsForeignLoadNsgifBuffer',
      ],
    });
    prepared = true;
  }
  return sharp;
}

/** What is wanted of an image: RGB without alpha (grey repeated), RGB with alpha where it has one, or CMYK as stored. */
export type RawKind = 'rgb' | 'rgba' | 'cmyk';

/** An image as it was stored: row-major, one byte a channel. */
export interface RawImage {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
  readonly channels: number;
}

/**
 * Decodes the first frame without colour management and without orientation, 8 bits a channel (16-bit samples keep their high byte).
 * Errors: libvips' own, as sharp words them.
 */
export async function decodeRaw(
  bytes: Uint8Array,
  options: { readonly kind: RawKind; readonly maxPixels: number },
): Promise<RawImage> {
  const image = preparedSharp()(bytes, {
    failOn: 'error',
    ignoreIcc: true,
    limitInputPixels: options.maxPixels,
    page: 0,
    pages: 1,
  });
  const { data, info } = await inKind(image, options.kind)
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height, channels: info.channels };
}

function inKind(image: Sharp, kind: RawKind): Sharp {
  if (kind === 'cmyk') return image.pipelineColourspace('cmyk').toColourspace('cmyk');
  return kind === 'rgb' ? image.removeAlpha() : image;
}
