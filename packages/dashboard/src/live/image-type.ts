/** Bytes that a picture of some type begins with, at a place; `type`: what browsers call it. */
const MAGIC: readonly { readonly type: string; readonly at: number; readonly bytes: readonly number[] }[] = [
  { type: 'image/jpeg', at: 0, bytes: [0xff, 0xd8, 0xff] },
  { type: 'image/png', at: 0, bytes: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a] },
  { type: 'image/gif', at: 0, bytes: [...Buffer.from('GIF87a')] },
  { type: 'image/gif', at: 0, bytes: [...Buffer.from('GIF89a')] },
  { type: 'image/avif', at: 4, bytes: [...Buffer.from('ftypavif')] },
  { type: 'image/avif', at: 4, bytes: [...Buffer.from('ftypavis')] },
];

/**
 * The type of a picture by its first bytes: JPEG, PNG, WebP, GIF, AVIF. Undefined for anything else, such as
 * SVG, which may hold scripts.
 */
export function imageType(bytes: Uint8Array): string | undefined {
  const has = (at: number, wanted: readonly number[]) =>
    wanted.every((byte, index) => bytes[at + index] === byte);
  if (has(0, [...Buffer.from('RIFF')]) && has(8, [...Buffer.from('WEBP')])) return 'image/webp';
  return MAGIC.find(({ at, bytes: wanted }) => has(at, wanted))?.type;
}
