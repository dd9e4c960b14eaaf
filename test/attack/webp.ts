import { join } from './kinds.ts';

const u32 = (value: number) =>
  Uint8Array.of(value & 255, (value >>> 8) & 255, (value >>> 16) & 255, value >>> 24);
const u24 = (value: number) => Uint8Array.of(value & 255, (value >>> 8) & 255, (value >>> 16) & 255);

/** One RIFF chunk, padded to an even length. `length` only where it shall be wrong. */
export const riffChunk = (type: string, data: Uint8Array, length?: number): Uint8Array =>
  join(type, u32(length ?? data.length), data, data.length % 2 === 1 ? '\0' : '');

/** A WebP of these chunks. `size` only where it shall be wrong. */
export function webpOf(chunks: readonly Uint8Array[], size?: number): Uint8Array {
  const body = join('WEBP', ...chunks);
  return join('RIFF', u32(size ?? body.length), body);
}

/** The chunks of a whole WebP. */
export function webpChunks(webp: Uint8Array): { type: string; data: Uint8Array; bytes: Uint8Array }[] {
  const view = Buffer.from(webp);
  const chunks: { type: string; data: Uint8Array; bytes: Uint8Array }[] = [];
  for (let at = 12; at + 8 <= webp.length; ) {
    const length = view.readUInt32LE(at + 4);
    const end = at + 8 + length + (length % 2);
    chunks.push({
      type: view.toString('latin1', at, at + 4),
      data: webp.subarray(at + 8, at + 8 + length),
      bytes: webp.subarray(at, end),
    });
    at = end;
  }
  return chunks;
}

/** The VP8X chunk (RFC 9649, 2.7). Flags: 2 animation, 4 XMP, 8 Exif, 16 alpha, 32 ICC. */
export const vp8x = (flags: number, width: number, height: number): Uint8Array =>
  riffChunk('VP8X', join(Uint8Array.of(flags, 0, 0, 0), u24(width - 1), u24(height - 1)));

/** The ANIM chunk: black, for ever. */
export const ANIM = riffChunk('ANIM', new Uint8Array(6));

/** An ANMF chunk around an image chunk. */
export const anmf = (
  image: Uint8Array,
  place: { x?: number; y?: number; width: number; height: number },
): Uint8Array =>
  riffChunk(
    'ANMF',
    join(
      u24((place.x ?? 0) / 2),
      u24((place.y ?? 0) / 2),
      u24(place.width - 1),
      u24(place.height - 1),
      u24(50),
      '\x02',
      image,
    ),
  );
