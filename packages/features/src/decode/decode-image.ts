import {
  DEFAULT_MAX_PIXELS,
  type DecodeLimits,
  type DecodeResult,
  type ImageErrorCode,
  MAX_IMAGE_BYTES,
  type Pixels,
} from '@verger/core';
import { resizeBicubic } from '../resize/resize.ts';
import { decodeExtra } from './decode-extra.ts';
import { decodeJpeg } from './decode-jpeg.ts';
import { decodePng } from './decode-png.ts';
import { decodeGif } from './gif-decode.ts';
import { type OpenedFormat, type SniffedFormat, sniffFormat } from './image-format.ts';
import { isCutShort, readImageHeader } from './image-header.ts';
import { decodeRaw } from './sharp.ts';
import { type RgbImage, rgbOf } from './to-rgb.ts';

const refused = (code: ImageErrorCode): DecodeResult => ({ ok: false, code });

/**
 * The code of what libvips said. Its words are stable across the releases of sharp 0.3x and are held by
 * tests.
 */
function codeOf(error: unknown, bytes: Uint8Array, format: SniffedFormat): ImageErrorCode {
  const words = error instanceof Error ? error.message : String(error);
  // Memory that could not be had is not the image's fault.
  if (error instanceof RangeError) return 'E_IMG_MEMORY';
  if (/pixel limit/i.test(words)) return 'E_IMG_TOO_MANY_PIXELS';
  if (/premature end of JPEG/i.test(words)) return 'E_IMG_TRUNCATED';
  return isCutShort(bytes, format) ? 'E_IMG_TRUNCATED' : 'E_IMG_DECODE';
}

/** The pixels as Pillow's `convert("RGB")` gives them, or the code of what is wrong. Errors: libvips' own. */
async function decodeRgb(
  bytes: Uint8Array,
  format: OpenedFormat,
  maxPixels: number,
): Promise<RgbImage | ImageErrorCode> {
  if (format === 'gif') return decodeGif(bytes, maxPixels);
  if (format === 'tiff' || format === 'avif') return await decodeExtra(bytes, format, maxPixels);
  const header = readImageHeader(bytes, format);
  if (header !== undefined && header.width * header.height > maxPixels) return 'E_IMG_TOO_MANY_PIXELS';
  if (format === 'jpeg') return await decodeJpeg(bytes, header, maxPixels);
  if (format === 'png') return await decodePng(bytes, header, maxPixels);
  return rgbOf(await decodeRaw(bytes, { kind: 'rgb', maxPixels }), 'rgb');
}

/** An image's pixels at their own size, or the code of what is wrong with it. */
export type DecodedPicture = RgbImage | ImageErrorCode;

/**
 * An image's bytes as RGB pixels of its own size, as `decodeImage` decodes them before it resizes. A bad
 * image is a code, never an error.
 */
export async function decodePicture(
  bytes: Uint8Array,
  { maxPixels = DEFAULT_MAX_PIXELS, formats = [] }: DecodeLimits = {},
): Promise<DecodedPicture> {
  if (bytes.length === 0) return 'E_IMG_EMPTY';
  if (bytes.length > MAX_IMAGE_BYTES) return 'E_IMG_TOO_LARGE';
  const format = sniffFormat(bytes);
  if (format === 'unknown') return 'E_IMG_UNSUPPORTED';
  if (format === 'cut') return 'E_IMG_TRUNCATED';
  const isExtra = format === 'tiff' || format === 'avif';
  if (format === 'denied' || (isExtra && !formats.includes(format))) return 'E_IMG_FORMAT_DENIED';
  try {
    return await decodeRgb(bytes, format, maxPixels);
  } catch (error) {
    return codeOf(error, bytes, format);
  }
}

/**
 * An image's bytes as 224×224 RGB pixels: Pillow's `Image.open(f).convert("RGB").resize((224, 224))` to the
 * last bit, but for what docs/images.md says. A bad image is a value with its code, never an error. The name
 * of the file does not matter. The pixels are `into`, where it is given. Cost: 0.5 ms for a 100×100 JPEG,
 * half of it the resize; sharp takes 1 ms more. Blocks all other loaders of sharp in this process.
 */
export async function decodeImage(
  bytes: Uint8Array,
  into?: Pixels,
  limits: DecodeLimits = {},
): Promise<DecodeResult> {
  const image = await decodePicture(bytes, limits);
  if (typeof image === 'string') return refused(image);
  try {
    return { ok: true, pixels: resizeBicubic(image.rgb, image, into) };
  } catch (error) {
    return refused(codeOf(error, bytes, sniffFormat(bytes)));
  }
}
