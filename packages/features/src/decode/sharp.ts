import type { ExtraFormat } from '@verger/core';
import sharp, { type Sharp } from 'sharp';

let prepared = false;

/** libvips' loaders of what is opened only when a run asks for it. */
const EXTRA_LOADERS: Readonly<Record<ExtraFormat, string>> = {
  tiff: 'VipsForeignLoadTiffBuffer',
  avif: 'VipsForeignLoadHeifBuffer',
};

/**
 * sharp as it is used everywhere in this process: one thread, no cache, and only the loaders of JPEG, PNG and
 * WebP from memory (GIFs are read by `decodeGif`). libvips' settings are global to the process, so this is
 * done once, whoever comes first.
 */
export function preparedSharp(): typeof sharp {
  if (!prepared) {
    sharp.concurrency(1);
    sharp.cache(false);
    sharp.block({ operation: ['VipsForeignLoad'] });
    sharp.unblock({
      operation: ['VipsForeignLoadJpegBuffer', 'VipsForeignLoadPngBuffer', 'VipsForeignLoadWebpBuffer'],
    });
    prepared = true;
  }
  return sharp;
}

/**
 * sharp with one more loader, from then on in this process: bytes of that format come to it only from runs
 * that ask for it.
 */
export function sharpWith(format: ExtraFormat): typeof sharp {
  preparedSharp().unblock({ operation: [EXTRA_LOADERS[format]] });
  return sharp;
}

/**
 * What is wanted of an image: RGB without alpha (grey repeated), CMYK as stored, or one channel of 16 bits.
 */
export type RawKind = 'rgb' | 'cmyk' | 'grey16';

/** An image as it was stored: row-major, one byte a channel, or two in the order of this machine. */
export interface RawImage {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** How an image is to be decoded. */
export interface RawOptions {
  readonly kind: RawKind;
  readonly maxPixels: number;
  /** Warnings are errors, as far as libvips tells of them: only of JPEG. */
  readonly strict?: boolean;
  /** libvips does not give up at the hundredth warning. */
  readonly patient?: boolean;
}

/**
 * Decodes the first frame without colour management and without orientation, 8 bits a channel (16-bit samples
 * keep their high byte), or 16 of grey. Errors: libvips' own, as sharp words them.
 */
export async function decodeRaw(bytes: Uint8Array, options: RawOptions): Promise<RawImage> {
  const image = preparedSharp()(bytes, {
    failOn: options.strict === true ? 'warning' : 'error',
    ignoreIcc: true,
    limitInputPixels: options.maxPixels,
    unlimited: options.patient === true,
    page: 0,
    pages: 1,
  });
  return await rawOf(image, options.kind);
}

/** The pixels of an opened image. Errors: libvips' own. */
export async function rawOf(image: Sharp, kind: RawKind): Promise<RawImage> {
  const { data, info } = await inKind(image, kind)
    .raw({ depth: kind === 'grey16' ? 'ushort' : 'uchar' })
    .toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height };
}

function inKind(image: Sharp, kind: RawKind): Sharp {
  if (kind === 'cmyk') return image.pipelineColourspace('cmyk').toColourspace('cmyk');
  return kind === 'rgb' ? image.removeAlpha() : image.removeAlpha().toColourspace('grey16');
}
