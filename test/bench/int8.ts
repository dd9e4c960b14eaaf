/**
 * `npm run bench:int8 [-- --photographs DIR]… [--only search|pca] [--record]`: the search for the best int8
 * network on the fruit photographs and odd files of the shared folder and on folders of photographs, and what
 * int8 does to the PCA of all fruit photographs. With --record it writes its sections of docs/engines.md.
 * Needs the weights of the shared folder. 3 minutes.
 */
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { createCalibrator, prepareNetwork, readKerasWeights } from '@verger/features';
import { prepareCalibration } from '@verger/features/weights';
import { recordSection } from '@verger/testkit/reliability';
import { sharedFile } from '@verger/testkit/shared';
import { openOnnxruntime } from '../../packages/features/src/engines/onnxruntime.ts';
import type { KerasWeights } from '../../packages/features/src/weights/keras-weights.ts';
import {
  CALIBRATION,
  evenly,
  fruitSet,
  type ImageSet,
  measuredOf,
  oddSet,
  photographSet,
} from './int8-images.ts';
import { comparePca } from './int8-pca.ts';
import {
  ofCalibration,
  ofVariant,
  openVariant,
  SINGLE_LAYERS,
  TIMED,
  timeInTurns,
  VARIANTS,
  type Variant,
} from './int8-search.ts';
import { type CosineRow, pcaText, type Search, searchText } from './int8-text.ts';
import { loadWarning, machineText } from './machine.ts';

const PATH = sharedFile('model/mobilenetv2_imagenet_no_top.h5');
const SOURCE = { kind: 'file', path: PATH, custom: false } as const;
/** Sizes of calibrations on fruit. */
const SIZES = [8, 16, 32, 64, 136];
const TIMED_IMAGES = 100;
/** Fewer images are not calibrated on. */
const LEAST_CALIBRATION = 8;

const say = (text: string) => process.stderr.write(`${text}\n`);

async function loadSets(folders: readonly string[]): Promise<ImageSet[]> {
  const calibrator = await createCalibrator((await prepareCalibration(SOURCE)).network);
  try {
    const fruit = await fruitSet(calibrator);
    const sets = [fruit, await oddSet(fruit, calibrator)];
    for (const folder of folders) sets.push(await photographSet(folder, calibrator));
    return sets;
  } finally {
    await calibrator.close();
  }
}

/** CPU milliseconds an image of float32, and of each timed variant. */
async function times(weights: KerasWeights, fruit: ImageSet): Promise<Map<Variant | undefined, number>> {
  const calibratedOn = evenly(fruit.calibration, CALIBRATION);
  const engines = [await openOnnxruntime((await prepareNetwork(SOURCE)).network)];
  for (const variant of TIMED) engines.push(await openVariant(weights, variant, calibratedOn));
  const images = measuredOf(fruit).slice(0, TIMED_IMAGES);
  await timeInTurns(engines, images.slice(0, 10)); // warms up
  const found = await timeInTurns(engines, images);
  for (const engine of engines) await engine.close();
  return new Map([undefined, ...TIMED].map((variant, at) => [variant, found[at]!]));
}

async function calibrationRows(weights: KerasWeights, sets: readonly ImageSet[]): Promise<CosineRow[]> {
  const [fruit] = sets;
  const rows: CosineRow[] = [];
  const add = async (name: string, calibration: ImageSet, count: number) => {
    say(`calibrated on ${name}`);
    const cosines = [];
    for (const set of sets) {
      const own = set === calibration && set !== fruit;
      cosines.push(own ? undefined : await ofCalibration(weights, calibration, { set, count }));
    }
    rows.push({ name, cosines });
  };
  for (const count of SIZES) await add(`${count} of fruit`, fruit!, count);
  for (const set of sets.slice(1)) {
    const count = Math.min(CALIBRATION, set.calibration.length);
    if (count >= LEAST_CALIBRATION) await add(`${count} of ${set.name}`, set, count);
  }
  return rows;
}

async function search(weights: KerasWeights, folders: readonly string[]): Promise<Search> {
  const sets = await loadSets(folders);
  const ms = await times(weights, sets[0]!);
  const variants: CosineRow[] = [];
  for (const variant of VARIANTS) {
    say(variant.name);
    const cosines = [];
    for (const set of sets) cosines.push(await ofVariant(weights, variant, set));
    variants.push({ name: variant.name, cosines, ms: ms.get(variant) });
  }
  const calibrations = await calibrationRows(weights, sets);
  say('single layers');
  const layers = [];
  for (const layer of SINGLE_LAYERS) {
    layers.push({ name: layer.name, cosines: [await ofVariant(weights, layer, sets[0]!)] });
  }
  return { sets, float32Ms: ms.get(undefined)!, timedImages: TIMED_IMAGES, variants, calibrations, layers };
}

async function pca(weights: KerasWeights) {
  const calibrator = await createCalibrator((await prepareCalibration(SOURCE)).network);
  const { calibration } = await fruitSet(calibrator);
  await calibrator.close();
  const float32 = await openOnnxruntime((await prepareNetwork(SOURCE)).network);
  const int8 = await openVariant(weights, {}, evenly(calibration, CALIBRATION));
  try {
    return await comparePca(sharedFile('data/fruits-360/Test'), { float32, int8 });
  } finally {
    await float32.close();
    await int8.close();
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      photographs: { type: 'string', multiple: true, default: [] },
      only: { type: 'string' },
      record: { type: 'boolean', default: false },
    },
  });
  const warning = loadWarning();
  const weights = await readKerasWeights(await readFile(PATH));
  const write = async (section: string, text: string) => {
    process.stdout.write(`${text}\n\n`);
    if (values.record) await recordSection(section, text, 'engines');
  };
  if (values.only !== 'pca') {
    const text = searchText(await search(weights, values.photographs), machineText());
    await write('int8', `${warning}${text}`);
  }
  if (values.only !== 'search') await write('int8-pca', pcaText(await pca(weights)));
}

await main();
