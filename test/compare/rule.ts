import type { ExtraFormat, ImageErrorCode } from '@verger/core';
import type { Seen } from './our-answer.ts';
import type { PillowAnswer } from './pillow-answer.ts';

/** One image, and what both made of it. */
export interface Pair {
  readonly bytes: Uint8Array;
  readonly pillow: PillowAnswer;
  readonly ours: Seen;
  readonly limits: {
    readonly maxPixels?: number | undefined;
    readonly formats?: readonly ExtraFormat[] | undefined;
  };
}

/** A documented difference: its name in docs/images.md, and when it is the reason. */
export interface Rule {
  readonly name: string;
  holds(pair: Pair): boolean;
}

/** The rules of a format, by the way in which the answers differ. */
export interface Rules {
  /** Pillow gives pixels, the product a code. */
  readonly refused: readonly Rule[];
  /** Pillow refuses, the product gives pixels. */
  readonly opened: readonly Rule[];
  /** Both give pixels, and not the same ones. */
  readonly otherPixels: readonly Rule[];
}

/** The product's code, if that was its answer. */
export const codeOf = ({ ours }: Pair): ImageErrorCode | undefined =>
  'code' in ours.answer ? ours.answer.code : undefined;

/** The digest of the product's pixels, if there are some. */
export const digestOf = ({ ours }: Pair): string | undefined =>
  'sha256' in ours.answer ? ours.answer.sha256 : undefined;

/** Mean difference of brightness (ITU-R BT.601) of two images of RGB, in 255ths. */
function lumaDistance(a: Uint8Array, b: Uint8Array): number {
  const luma = (pixels: Uint8Array, at: number) =>
    0.299 * pixels[at]! + 0.587 * pixels[at + 1]! + 0.114 * pixels[at + 2]!;
  let sum = 0;
  for (let at = 0; at < a.length; at += 3) sum += Math.abs(luma(a, at) - luma(b, at));
  return sum / (a.length / 3);
}

/** The same of both answers; undefined where one of them has no pixels. */
export function brightnessDiffersBy({ ours, pillow }: Pair): number | undefined {
  if (ours.pixels === undefined || pillow.pixels === undefined) return undefined;
  return lumaDistance(ours.pixels, Buffer.from(pillow.pixels, 'base64'));
}

/**
 * The largest difference of a sample, times its alpha: what is left of it on black. Undefined where one of
 * the three is not there.
 */
export function visiblyDiffersBy({ ours, pillow }: Pair): number | undefined {
  if (ours.pixels === undefined || pillow.pixels === undefined || pillow.alpha === undefined)
    return undefined;
  const theirs = Buffer.from(pillow.pixels, 'base64');
  const alpha = Buffer.from(pillow.alpha, 'base64');
  return ours.pixels.reduce(
    (most, value, at) => Math.max(most, (Math.abs(value - theirs[at]!) * alpha[Math.floor(at / 3)]!) / 255),
    0,
  );
}
