import { sha256 } from '@verger/core';
import { decodeImage, resizeBicubic } from '@verger/features';
import type { BadKind, OddKind, Random } from './kinds.ts';
import { type PhotoWay, photo } from './photo.ts';

/** What became of an image: its code, or the digest of its pixels. */
export type Answer = string;

const PIXEL_BYTES = 224 * 224 * 3;

/** The product's decode path in this process. Anything but 224×224 RGB pixels or a code is an error. */
export async function decodeHere(bytes: Uint8Array): Promise<Answer> {
  const result = await decodeImage(bytes);
  if (!result.ok) return result.code;
  if (result.pixels.length !== PIXEL_BYTES) throw new RangeError(`${result.pixels.length} bytes of pixels`);
  return sha256(result.pixels);
}

const PNG_WAYS: readonly PhotoWay[] = ['png', 'interlaced', 'palette'];

/** Where an image goes to be decoded: here, or to a child. */
export type Decode = (bytes: Uint8Array) => Promise<Answer>;

/** What the product answered, where it is not what is right; undefined where it is. */
export type Fault = string | undefined;

const shown = (answer: Answer) => (answer.startsWith('E_') ? answer : `pixels ${answer.slice(0, 12)}`);

/** One variant of a bad kind through the decode path. */
export async function judgeBad(kind: BadKind, random: Random, decode: Decode): Promise<Fault> {
  const { make, expect } = kind;
  const answer = await decode(await make(random));
  return expect.some((code) => code === answer) ? undefined : `${shown(answer)}, not ${expect.join(' or ')}`;
}

/** One variant of an odd kind through the decode path. */
export async function judgeOdd(kind: OddKind, random: Random, decode: Decode): Promise<Fault> {
  const image = await kind.make(random);
  const right = 'rgb' in image ? sha256(resizeBicubic(image.rgb, image)) : image.pixelsSha256;
  const answer = await decode(image.bytes);
  return answer === right ? undefined : `${shown(answer)}, not ${shown(right)}`;
}

/**
 * A good image cut behind a share of its bytes, which is E_IMG_TRUNCATED, or E_IMG_EMPTY and
 * E_IMG_UNSUPPORTED of no or one byte. What is behind the last pixel may be missing: an animated GIF's later
 * frames, the end chunk of a PNG.
 */
export async function judgeCut(
  way: PhotoWay,
  { share, random }: { share: number; random: Random },
  decode: Decode,
): Promise<Fault> {
  const bytes = await photo(random, way);
  const length = Math.floor(bytes.length * share);
  const right = length === 0 ? 'E_IMG_EMPTY' : length === 1 ? 'E_IMG_UNSUPPORTED' : 'E_IMG_TRUNCATED';
  const answer = await decode(bytes.subarray(0, length));
  if (answer === right) return undefined;
  const isWhole =
    way === 'animated-gif' ? share > 0.5 : PNG_WAYS.includes(way) && length >= bytes.length - 12;
  if (isWhole && answer === (await decode(bytes))) return undefined;
  return `${shown(answer)} of ${length} of ${bytes.length} bytes, not ${right}`;
}
