import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { GIF_BAD } from './gif-bad.ts';
import { GIF_WEBP_ODD } from './gif-webp-odd.ts';
import { JPEG_BAD } from './jpeg-bad.ts';
import { JPEG_ODD } from './jpeg-odd.ts';
import type { AttackFormat, BadKind, OddKind } from './kinds.ts';
import { OTHER_BAD } from './other-bad.ts';
import { PNG_BAD } from './png-bad.ts';
import { PNG_ODD } from './png-odd.ts';
import { WEBP_BAD } from './webp-bad.ts';

const filesSchema = z.array(z.strictObject({ name: z.string(), file: z.base64(), sha256: z.hex() }));

/**
 * Files made and read by Pillow: `test/reference/odd_images.py` prints them with the digests of its pixels.
 */
function filesOfPillow(): OddKind[] {
  const text = readFileSync(new URL('odd-images.json', import.meta.url), 'utf8');
  return filesSchema.parse(JSON.parse(text)).map(({ name, file, sha256 }) => ({
    name,
    format: name.slice(0, name.indexOf(':')).toLowerCase() as AttackFormat,
    make: () => ({ bytes: new Uint8Array(Buffer.from(file, 'base64')), pixelsSha256: sha256 }),
  }));
}

/** Every kind of bad input. */
export const BAD_KINDS: readonly BadKind[] = [...OTHER_BAD, ...PNG_BAD, ...JPEG_BAD, ...GIF_BAD, ...WEBP_BAD];

/** Every kind of odd but valid image. */
export const ODD_KINDS: readonly OddKind[] = [...filesOfPillow(), ...JPEG_ODD, ...PNG_ODD, ...GIF_WEBP_ODD];
