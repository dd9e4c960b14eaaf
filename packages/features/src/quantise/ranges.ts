import type { TensorRange } from '@verger/core';
import { ALL_CHANNELS, TENSORS } from './tensors.ts';

/** What the range network gave of one image. */
export interface ImageRanges {
  /** By tensor: [TENSORS.length]. */
  readonly least: Float32Array;
  /** By tensor: [TENSORS.length]. */
  readonly greatest: Float32Array;
  /** By channel of each tensor, one after the other: [ALL_CHANNELS]. */
  readonly means: Float32Array;
}

/** Six digits: as many as float32 holds, and no more bytes in the file. */
const short = (value: number): number => Number(value.toPrecision(6));

/** The ranges of all tensors over some images, at least one, in their order. */
export function mergeRanges(images: readonly ImageRanges[]): TensorRange[] {
  const sums = new Float64Array(ALL_CHANNELS);
  const least = new Float64Array(TENSORS.length).fill(Number.POSITIVE_INFINITY);
  const greatest = new Float64Array(TENSORS.length).fill(Number.NEGATIVE_INFINITY);
  for (const image of images) {
    for (let at = 0; at < sums.length; at += 1) sums[at]! += image.means[at]!;
    for (let at = 0; at < least.length; at += 1) {
      least[at] = Math.min(least[at]!, image.least[at]!);
      greatest[at] = Math.max(greatest[at]!, image.greatest[at]!);
    }
  }
  let first = 0;
  return TENSORS.map(({ name, channels }, index) => {
    const means = Array.from(sums.subarray(first, first + channels), (sum) => short(sum / images.length));
    first += channels;
    return { tensor: name, min: short(least[index]!), max: short(greatest[index]!), means };
  });
}
