/** The images of `bench:int8`: decoded, and measured by the float32 network. */
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { decodeImage } from '@verger/features';
import { filesUnder } from '@verger/testkit/run-folder';
import { sharedFile } from '@verger/testkit/shared';
import type { Calibrator, MeasuredImage } from '../../packages/features/src/quantise/calibrator.ts';

/** One image: its pixels, and what float32 gave. */
export interface BenchImage extends MeasuredImage {
  readonly pixels: Uint8Array;
}

/** Images that are measured with a network that is calibrated on others. */
export interface Fold {
  readonly calibratedOn: readonly BenchImage[];
  readonly measured: readonly BenchImage[];
}

/** Images of one kind. */
export interface ImageSet {
  readonly name: string;
  /** Each image is measured in one of them. */
  readonly folds: readonly Fold[];
  /** What a network for another set is calibrated on. */
  readonly calibration: readonly BenchImage[];
}

const FRUITS = 160;
const MOST_CALIBRATION = 136;
/** Images that are calibrated on unless a variant says otherwise: the default of `--calibration-images`. */
export const CALIBRATION = 64;

/** So many of a list, evenly spread. */
export function evenly<T>(list: readonly T[], count: number): T[] {
  if (list.length <= count) return [...list];
  return Array.from({ length: count }, (_, at) => list[Math.floor((at * list.length) / count)]!);
}

async function load(folder: string, files: readonly string[], calibrator: Calibrator) {
  const images: BenchImage[] = [];
  for (const file of files) {
    const decoded = await decodeImage(await readFile(join(folder, file)));
    if (!decoded.ok) continue;
    // Pixels are copied: a decoder may use its memory again.
    const pixels = decoded.pixels.slice();
    images.push({ pixels, ...(await calibrator.measure(pixels)) });
  }
  return images;
}

/** 160 fruit photographs, and 136 others to calibrate on. */
export async function fruitSet(calibrator: Calibrator): Promise<ImageSet> {
  const folder = sharedFile('data/fruits-360/Test');
  const files = filesUnder(folder);
  const step = Math.floor(files.length / FRUITS);
  const some = (offset: number) => files.filter((_, index) => index % step === offset);
  const measured = await load(folder, some(0).slice(0, FRUITS), calibrator);
  const calibration = await load(folder, evenly(some(step >> 1), MOST_CALIBRATION), calibrator);
  return {
    name: 'fruit',
    folds: [{ calibratedOn: evenly(calibration, CALIBRATION), measured }],
    calibration,
  };
}

/** The odd files of the shared reference: too few to calibrate on, so fruit is. */
export async function oddSet(fruit: ImageSet, calibrator: Calibrator): Promise<ImageSet> {
  const folder = sharedFile('reference/odd');
  const measured = await load(folder, filesUnder(folder), calibrator);
  const calibratedOn = evenly(fruit.calibration, CALIBRATION);
  return { name: 'odd', folds: [{ calibratedOn, measured }], calibration: [] };
}

/** A folder of photographs: each half is measured with a network that is calibrated on the other half. */
export async function photographSet(folder: string, calibrator: Calibrator): Promise<ImageSet> {
  const images = await load(folder, filesUnder(folder), calibrator);
  const halves = [0, 1].map((half) => images.filter((_, index) => index % 2 === half));
  const [even = [], odd = []] = halves;
  const fold = (measured: BenchImage[], others: BenchImage[]) => ({
    calibratedOn: evenly(others, CALIBRATION),
    measured,
  });
  return { name: basename(folder), folds: [fold(even, odd), fold(odd, even)], calibration: images };
}

/** All images of a set that are measured. */
export const measuredOf = ({ folds }: ImageSet): readonly BenchImage[] =>
  folds.flatMap(({ measured }) => measured);
