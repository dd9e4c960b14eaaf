import type { ImageErrorCode } from '@verger/core';

/** A seeded stream of numbers in [0, 1). */
export type Random = () => number;

export type AttackFormat = 'jpeg' | 'png' | 'gif' | 'webp' | 'other';

/**
 * One kind of bad input. `expect`: each code that is right; anything else, pixels too, is a fault of the
 * product.
 */
export interface BadKind {
  readonly name: string;
  readonly format: AttackFormat;
  readonly expect: readonly ImageErrorCode[];
  /** Another variant for each state of `random`. */
  make(random: Random): Uint8Array | Promise<Uint8Array>;
}

/**
 * An image and what it must become: pixels known by construction (row-major RGB), or the digest of what
 * Pillow makes of them at 224×224.
 */
export type OddImage =
  | { readonly bytes: Uint8Array; readonly width: number; readonly height: number; readonly rgb: Uint8Array }
  | { readonly bytes: Uint8Array; readonly pixelsSha256: string };

/** One kind of odd but valid image. */
export interface OddKind {
  readonly name: string;
  readonly format: AttackFormat;
  make(random: Random): OddImage | Promise<OddImage>;
}

/** A whole number in [from, to]. */
export const between = (random: Random, from: number, to: number): number =>
  from + Math.floor(random() * (to - from + 1));

/** One of a list. */
export const oneOf = <T>(random: Random, list: readonly T[]): T => list[between(random, 0, list.length - 1)]!;

/** That many random bytes. */
export const randomBytes = (random: Random, count: number): Uint8Array =>
  Uint8Array.from({ length: count }, () => between(random, 0, 255));

/** Bytes one after another; text as latin1. */
export const join = (...parts: readonly (Uint8Array | string)[]): Uint8Array =>
  new Uint8Array(
    Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : part))),
  );

/** A copy with bytes replaced from an offset on. */
export function patched(bytes: Uint8Array, at: number, values: readonly number[]): Uint8Array {
  if (at < 0 || at + values.length > bytes.length) throw new RangeError(`no byte ${at} in ${bytes.length}`);
  const copy = new Uint8Array(bytes);
  copy.set(values, at);
  return copy;
}

/** Noise on a slope: compresses as a photograph does, badly. Row-major, `channels` bytes a pixel. */
export function picture(
  random: Random,
  { width, height, channels }: { width: number; height: number; channels: number },
): Uint8Array {
  const data = new Uint8Array(width * height * channels);
  for (let at = 0; at < data.length; at += 1) {
    const pixel = Math.floor(at / channels);
    const slope = ((pixel % width) * 3 + Math.floor(pixel / width) * 2 + (at % channels) * 40) & 255;
    data[at] = Math.min(255, Math.floor(slope * 0.75 + random() * 64));
  }
  return data;
}

/** What a channel list of 1 (grey) or more becomes as RGB, further channels left out. */
export function toRgb(data: Uint8Array, channels: number): Uint8Array {
  const rgb = new Uint8Array((data.length / channels) * 3);
  for (let at = 0; at < rgb.length; at += 1) {
    const from = Math.floor(at / 3) * channels;
    rgb[at] = data[channels < 3 ? from : from + (at % 3)]!;
  }
  return rgb;
}
