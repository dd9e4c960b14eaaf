import { type DecodeResult, type ImageErrorCode, MAX_IMAGE_BYTES, type Pixels } from '@verger/core';
import { cmykToRgb } from './cmyk.ts';
import { decodeRaw } from './decoder.ts';
import { firstGifFrame, type GifFrame, gifToRgb } from './gif-frame.ts';
import { countGifPixels } from './gif-pixels.ts';
import { type SniffedFormat, sniffFormat } from './image-format.ts';
import { type ImageHeader, isCutShort, readImageHeader } from './image-header.ts';
import { hasMoreScans } from './jpeg-scans.ts';
import { resizeBicubic } from './resize.ts';
import { decodeSmallJpeg, isSmallJpeg } from './small-jpeg.ts';

/** Larger images are refused before they are decoded. */
export const MAX_IMAGE_PIXELS = 50_000_000;

/** Pixels that a JPEG's scans may walk over, all together: a hundred scans of the largest image, which real ones have ten of. About 1 s. */
const MAX_SCANNED_PIXELS = 100 * MAX_IMAGE_PIXELS;

const refused = (code: ImageErrorCode): DecodeResult => ({ ok: false, code });

/** The code of what libvips said. Its words are stable across the releases of sharp 0.3x and are held by tests. */
function codeOf(error: unknown, bytes: Uint8Array, format: SniffedFormat): ImageErrorCode {
  const words = error instanceof Error ? error.message : String(error);
  // Memory that could not be had is not the image's fault.
  if (error instanceof RangeError) return 'E_IMG_MEMORY';
  if (/pixel limit/i.test(words)) return 'E_IMG_TOO_MANY_PIXELS';
  if (/premature end of JPEG|unexpected end of GIF/i.test(words)) return 'E_IMG_TRUNCATED';
  return isCutShort(bytes, format) ? 'E_IMG_TRUNCATED' : 'E_IMG_DECODE';
}

/** A GIF's first frame with all its pixels. Errors: in libvips' words for what it does not notice itself, a frame that ends early. */
function wholeGifFrame(bytes: Uint8Array): GifFrame | undefined {
  const frame = firstGifFrame(bytes);
  if (frame === undefined) return undefined;
  const wanted = frame.width * frame.height;
  if (countGifPixels(bytes, frame.dataAt, wanted) < wanted) throw new Error('unexpected end of GIF');
  return frame;
}

/** The pixels as Pillow's `convert("RGB")` gives them. */
async function decodeRgb(
  bytes: Uint8Array,
  format: SniffedFormat,
  header: ImageHeader | undefined,
): Promise<{ rgb: Uint8Array; width: number; height: number }> {
  if (isSmallJpeg(bytes, header)) {
    const rgb = await decodeSmallJpeg(bytes, header);
    if (rgb !== undefined) return { rgb, width: header.width, height: header.height };
  }
  const kind = format === 'gif' ? 'rgba' : format === 'jpeg' && header?.components === 4 ? 'cmyk' : 'rgb';
  const image = await decodeRaw(bytes, { kind, maxPixels: MAX_IMAGE_PIXELS });
  const { data, width, height } = image;
  if (kind === 'cmyk') return { rgb: cmykToRgb(data), width, height };
  return { rgb: kind === 'rgba' ? gifToRgb(image, wholeGifFrame(bytes)) : data, width, height };
}

/**
 * An image's bytes as 224×224 RGB pixels: Pillow's `Image.open(f).convert("RGB").resize((224, 224))` to the last bit (but for 16-bit grey
 * PNGs, which Pillow clips to white: here they keep their high byte). A bad image is a value with its code, never an error. The name of
 * the file does not matter. The pixels are `into`, where it is given. Cost: 0.5 ms for a 100×100 JPEG, half of it the resize; sharp takes 1 ms more. Blocks all other loaders of sharp in this process.
 */
export async function decodeImage(bytes: Uint8Array, into?: Pixels): Promise<DecodeResult> {
  if (bytes.length === 0) return refused('E_IMG_EMPTY');
  if (bytes.length > MAX_IMAGE_BYTES) return refused('E_IMG_TOO_LARGE');
  const format = sniffFormat(bytes);
  if (format === 'unknown') return refused('E_IMG_UNSUPPORTED');
  if (format === 'denied') return refused('E_IMG_FORMAT_DENIED');
  if (format === 'cut') return refused('E_IMG_TRUNCATED');
  const header = readImageHeader(bytes, format);
  if (header !== undefined && header.width * header.height > MAX_IMAGE_PIXELS)
    return refused('E_IMG_TOO_MANY_PIXELS');
  if (format === 'jpeg' && header !== undefined) {
    const most = MAX_SCANNED_PIXELS / Math.max(1, header.width * header.height);
    if (hasMoreScans(bytes, most)) return refused('E_IMG_DECODE');
  }
  try {
    const { rgb, width, height } = await decodeRgb(bytes, format, header);
    return { ok: true, pixels: resizeBicubic(rgb, { width, height }, into) };
  } catch (error) {
    return refused(codeOf(error, bytes, format));
  }
}
