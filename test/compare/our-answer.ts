import { readFile } from 'node:fs/promises';
import { type DecodeLimits, type ImageErrorCode, MAX_IMAGE_BYTES, sha256 } from '@verger/core';
import { decodeImage, resizeBicubic } from '@verger/features';
import sharp from 'sharp';

/** An image to be decoded, by its file. */
export interface Asked {
  readonly file: string;
  readonly limits: DecodeLimits;
}

/** What the product makes of an image, with what the rules want to know of it. */
export interface Seen {
  /**
   * The digest of 224×224 pixels, or the code, or how its child failed (memory, time, a crash), which is no
   * answer.
   */
  readonly answer:
    | { readonly sha256: string }
    | { readonly code: ImageErrorCode }
    | { readonly failed: string };
  /** The pixels, where there are some. */
  readonly pixels: Uint8Array | undefined;
  /** JPEGs: the digest of what sharp makes of it, and whether libjpeg warns of nothing. */
  readonly sharp: { readonly sha256: string | undefined; readonly spotless: boolean } | undefined;
}

async function bySharp(bytes: Uint8Array, failOn: 'error' | 'warning'): Promise<string | undefined> {
  try {
    const { data, info } = await sharp(bytes, { failOn, ignoreIcc: true })
      .removeAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    return sha256(resizeBicubic(data, info));
  } catch {
    return undefined;
  }
}

const isJpeg = (bytes: Uint8Array) => bytes[0] === 0xff && bytes[1] === 0xd8;

/** The product's decode path in this process. */
export async function compareHere({ file, limits }: Asked): Promise<Seen> {
  const bytes = await readFile(file);
  const result = await decodeImage(bytes, undefined, limits);
  const hasSharp = isJpeg(bytes) && bytes.length <= MAX_IMAGE_BYTES;
  return {
    answer: result.ok ? { sha256: sha256(result.pixels) } : { code: result.code },
    pixels: result.ok ? result.pixels : undefined,
    sharp: hasSharp
      ? {
          sha256: await bySharp(bytes, 'error'),
          spotless: (await bySharp(bytes, 'warning')) !== undefined,
        }
      : undefined,
  };
}
