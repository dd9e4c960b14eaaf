import type { RgbImage } from './gif-decode.ts';
import { grey16ToRgb } from './grey16.ts';
import type { ImageHeader } from './image-header.ts';
import { withLargestWindow } from './png-repair.ts';
import { decodeRaw, type RawKind } from './sharp.ts';

async function decodeRepaired(bytes: Uint8Array, kind: RawKind, maxPixels: number) {
  try {
    return await decodeRaw(bytes, { kind, maxPixels });
  } catch (error) {
    const repaired = withLargestWindow(bytes);
    if (repaired === undefined) throw error;
    return await decodeRaw(repaired, { kind, maxPixels });
  }
}

/** A PNG as RGB. One that cannot be decoded is tried once more where its zlib window may be stated too small. Errors: libvips' own. */
export async function decodePng(
  bytes: Uint8Array,
  header: ImageHeader | undefined,
  maxPixels: number,
): Promise<RgbImage> {
  const kind = header?.deepGrey === true ? 'grey16' : 'rgb';
  const { data, width, height } = await decodeRepaired(bytes, kind, maxPixels);
  if (kind === 'rgb') return { rgb: data, width, height };
  return { rgb: grey16ToRgb(new Uint16Array(data.buffer, data.byteOffset, width * height)), width, height };
}
