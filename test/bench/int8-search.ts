/** The search of `bench:int8`: each variant of the int8 network on each set of images. */
import type { TensorRange } from '@verger/core';
import type { Engine } from '../../packages/features/src/engines/engine.ts';
import { openOnnxruntime } from '../../packages/features/src/engines/onnxruntime.ts';
import { LINEAR_TENSORS, TENSORS } from '../../packages/features/src/network/tensors.ts';
import {
  buildQuantisedNetwork,
  type QuantiseChoice,
} from '../../packages/features/src/quantise/quantised-network.ts';
import { type ImageRanges, mergeRanges } from '../../packages/features/src/quantise/ranges.ts';
import type { KerasWeights } from '../../packages/features/src/weights/keras-weights.ts';
import { type BenchImage, CALIBRATION, evenly, type ImageSet, measuredOf } from './int8-images.ts';
import { median } from './machine.ts';

/** One way to quantise. */
export interface Variant {
  readonly name: string;
  readonly choice?: Partial<QuantiseChoice>;
  readonly rangesOf?: (images: readonly ImageRanges[]) => TensorRange[];
}

/** Cosine to float32. */
export interface Cosines {
  readonly median: number;
  readonly percentile1: number;
}

const CONVOLUTIONS = TENSORS.filter(({ convolution }) => convolution !== undefined).map(({ name }) => name);
const first = (count: number) => ({ kept: new Set(CONVOLUTIONS.slice(0, count)) });
const NO_BIAS = { correctsBias: false };
const OVERFLOWING = { mostBias: Number.POSITIVE_INFINITY };

const wider = (factor: number) => (images: readonly ImageRanges[]) =>
  mergeRanges(images).map((range) => ({ ...range, min: range.min * factor, max: range.max * factor }));

/** Ranges that leave out the most extreme images of each tensor: min and max of that share of them. */
const percentile = (share: number) => (images: readonly ImageRanges[]) => {
  const at = (values: number[], part: number) =>
    values.sort((a, b) => a - b)[Math.round((values.length - 1) * part)]!;
  return mergeRanges(images).map((range) => {
    const index = LINEAR_TENSORS.findIndex(({ name }) => name === range.tensor);
    if (index < 0) return range;
    const least = images.map((image) => image.least[index]!);
    const greatest = images.map((image) => image.greatest[index]!);
    return { ...range, min: at(least, 1 - share), max: at(greatest, share) };
  });
};

/** What verger does, first, and what else was tried. */
export const VARIANTS: readonly Variant[] = [
  { name: 'as it is: first 2 in float32' },
  { name: 'first 1 in float32', choice: first(1) },
  { name: 'first 3 in float32', choice: first(3) },
  { name: 'first 6 in float32', choice: first(6) },
  { name: 'without bias correction', choice: NO_BIAS },
  { name: 'biases may overflow int32', choice: OVERFLOWING },
  { name: 'neither', choice: { ...NO_BIAS, ...OVERFLOWING } },
  { name: '98th percentile of ranges', rangesOf: percentile(0.98) },
  { name: '90th percentile of ranges', rangesOf: percentile(0.9) },
  { name: 'ranges × 1.1', rangesOf: wider(1.1) },
  { name: 'ranges × 1.25', rangesOf: wider(1.25) },
];

/** One more convolution in float32, each in turn: which are sensitive. */
export const SINGLE_LAYERS: readonly Variant[] = CONVOLUTIONS.slice(2).map((name) => ({
  name,
  choice: { kept: new Set([...CONVOLUTIONS.slice(0, 2), name]) },
}));

/** Variants whose time is measured: the others have a graph of the same shape as the first. */
export const TIMED = VARIANTS.slice(0, 4);

/** An int8 network of a variant, calibrated on those images. */
export async function openVariant(
  weights: KerasWeights,
  { choice = {}, rangesOf = mergeRanges }: Omit<Variant, 'name'>,
  calibratedOn: readonly BenchImage[],
): Promise<Engine> {
  const ranges = rangesOf(calibratedOn.map((image) => image.ranges));
  return await openOnnxruntime(buildQuantisedNetwork(weights, ranges, choice));
}

export function cosine(a: Float32Array, b: Float32Array): number {
  let [dot, aa, bb] = [0, 0, 0];
  for (let at = 0; at < a.length; at += 1) {
    dot += a[at]! * b[at]!;
    aa += a[at]! ** 2;
    bb += b[at]! ** 2;
  }
  return dot / Math.sqrt(aa * bb);
}

/** Median and 1st percentile (nearest rank). */
export function summarise(cosines: readonly number[]): Cosines {
  const sorted = [...cosines].sort((a, b) => a - b);
  return { median: median(sorted), percentile1: sorted[Math.ceil(sorted.length / 100) - 1]! };
}

async function cosinesOf(engine: Engine, images: readonly BenchImage[]): Promise<number[]> {
  try {
    const found: number[] = [];
    for (const { pixels, features } of images) found.push(cosine(await engine.infer(pixels), features));
    return found;
  } finally {
    await engine.close();
  }
}

/** A variant on a set, calibrated on other images of the same kind, as a run does it. */
export async function ofVariant(weights: KerasWeights, variant: Variant, { folds }: ImageSet) {
  const found: number[] = [];
  for (const { calibratedOn, measured } of folds) {
    found.push(...(await cosinesOf(await openVariant(weights, variant, calibratedOn), measured)));
  }
  return summarise(found);
}

/** The network as it is on a set, calibrated on images of another one. */
export async function ofCalibration(
  weights: KerasWeights,
  { calibration }: ImageSet,
  { set, count = CALIBRATION }: { readonly set: ImageSet; readonly count?: number },
) {
  const engine = await openVariant(weights, {}, evenly(calibration, count));
  return summarise(await cosinesOf(engine, measuredOf(set)));
}

/** Median CPU milliseconds an image of each engine, in turns: each infers each image once. */
export async function timeInTurns(
  engines: readonly Engine[],
  images: readonly BenchImage[],
): Promise<number[]> {
  const times = engines.map((): number[] => []);
  for (const [turn, { pixels }] of images.entries()) {
    for (let step = 0; step < engines.length; step += 1) {
      // Each comes first equally often.
      const index = (step + turn) % engines.length;
      const before = process.cpuUsage();
      await engines[index]!.infer(pixels);
      const { user, system } = process.cpuUsage(before);
      times[index]!.push((user + system) / 1000);
    }
  }
  return times.map(median);
}
