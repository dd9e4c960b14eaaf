import type { ImageHeader } from './image-header.ts';
import { withLargestWindow } from './png-repair.ts';
import { decodeRaw, type RawKind } from './sharp.ts';
import { type RgbImage, rgbOf } from './to-rgb.ts';

async function decodeRepaired(bytes: Uint8Array, kind: RawKind, maxPixels: number) {
  try {
    return await decodeRaw(bytes, { kind, maxPixels });
  } catch (error) {
    const repaired = withLargestWindow(bytes);
    if (repaired === undefined) throw error;
    return await decodeRaw(repaired, { kind, maxPixels });
  }
}

/**
 * A PNG as RGB. One that cannot be decoded is tried once more where its zlib window may be stated too small.
 * Errors: libvips' own.
 */
export async function decodePng(
  bytes: Uint8Array,
  header: ImageHeader | undefined,
  maxPixels: number,
): Promise<RgbImage> {
  const kind = header?.deepGrey === true ? 'grey16' : 'rgb';
  return rgbOf(await decodeRepaired(bytes, kind, maxPixels), kind);
}
