import type { TensorRange } from '@verger/core';
import { ALL_CHANNELS, LINEAR_TENSORS, SIX, TENSORS } from '../network/tensors.ts';

/** What the range network gave of one image. */
export interface ImageRanges {
  /** By linear tensor: [LINEAR_TENSORS.length]. */
  readonly least: Float32Array;
  /** As `least`. */
  readonly greatest: Float32Array;
  /** By channel of each tensor, one after the other: [ALL_CHANNELS]. */
  readonly means: Float32Array;
}

/** Six digits: as many as float32 holds, and no more bytes in the file. */
const short = (value: number): number => Number(value.toPrecision(6));

/**
 * Ranges of all tensors over the images that were added so far: of each only its part in the sums is kept.
 */
export interface RangeSums {
  /** In the order of the sample: sums of floats depend on it. */
  add(image: ImageRanges): void;
  /** Of at least one image. */
  ranges(): TensorRange[];
}

/** The ranges of all tensors over some images, at least one, in their order. */
export function mergeRanges(images: readonly ImageRanges[]): TensorRange[] {
  const all = startRanges();
  for (const image of images) all.add(image);
  return all.ranges();
}

/** Starts ranges over no image. */
export function startRanges(): RangeSums {
  const sums = new Float64Array(ALL_CHANNELS);
  const least = new Float64Array(LINEAR_TENSORS.length).fill(Number.POSITIVE_INFINITY);
  const greatest = new Float64Array(LINEAR_TENSORS.length).fill(Number.NEGATIVE_INFINITY);
  let images = 0;
  const add = (image: ImageRanges) => {
    images += 1;
    for (let at = 0; at < sums.length; at += 1) sums[at]! += image.means[at]!;
    for (let at = 0; at < least.length; at += 1) {
      least[at] = Math.min(least[at]!, image.least[at]!);
      greatest[at] = Math.max(greatest[at]!, image.greatest[at]!);
    }
  };
  return { add, ranges: () => rangesOf({ sums, least, greatest, images }) };
}

function rangesOf({
  sums,
  least,
  greatest,
  images,
}: Readonly<Record<'sums' | 'least' | 'greatest', Float64Array>> & {
  readonly images: number;
}): TensorRange[] {
  let first = 0;
  let linear = 0;
  return TENSORS.map(({ name, channels, relu }) => {
    const means = Array.from(sums.subarray(first, first + channels), (sum) => short(sum / images));
    first += channels;
    if (relu) return { tensor: name, min: 0, max: SIX, means };
    const [min, max] = [short(least[linear]!), short(greatest[linear]!)];
    linear += 1;
    return { tensor: name, min, max, means };
  });
}
