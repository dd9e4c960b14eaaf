/**
 * `npm run bench:engines [-- --rounds 5] [--images 60] [--record]`: what each engine needs, in turns, one
 * process of one thread at a time, and how near its features are. With the shared folder on Keras's weights
 * and reference images, else on seeded weights and drawings. tfjs-node takes part where VERGER_TFJS_NODE
 * names its folder. `--record` writes its section of docs/engines.md.
 */
import { fork } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { EngineChoice } from '@verger/core';
import { createCalibrator, decodeImage, prepareNetwork } from '@verger/features';
import { encodeCalibration, prepareCalibration, type WeightsSource } from '@verger/features/weights';
import { CHILD_ENVIRONMENT } from '@verger/stages';
import { markdownTable } from '@verger/testkit/built';
import { temporaryFolder } from '@verger/testkit/cli';
import { drawings } from '@verger/testkit/images';
import { recordSection } from '@verger/testkit/reliability';
import { sharedFile, sharedFolder } from '@verger/testkit/shared';
import { tfjsNodeFolder } from '@verger/testkit/tfjs-node';
import { referenceImages } from '../reference/images.ts';
import type { EngineInit, EngineRound } from './engine-child.ts';
import { folderBytes } from './folder-bytes.ts';
import { loadWarning, machineText, median } from './machine.ts';
import { parityText } from './parity.ts';

const WEIGHTS = 'model/mobilenetv2_imagenet_no_top.h5';
const CHILD = fileURLToPath(new URL('engine-child.ts', import.meta.url));
const MODULES = fileURLToPath(new URL('../../node_modules', import.meta.url));
const WARM_UP = 20;
const DRAWN = 40;
const CALIBRATED = 32;

type Prepared = Awaited<ReturnType<typeof prepareNetwork>>;

/** One line of the tables. The first one is what the others are compared with. */
interface Variant {
  readonly name: string;
  readonly choice: EngineChoice;
  /** The network that it opens; another precision is another network. */
  readonly network: Prepared;
  readonly plain?: string | null;
  /** Folders of its packages: what it needs of a disk. */
  readonly packages: readonly string[];
}

/** The quantised network, calibrated on some of the images that are inferred. */
async function prepareInt8(source: WeightsSource, { fingerprint }: Prepared, images: readonly Uint8Array[]) {
  const calibrator = await createCalibrator((await prepareCalibration(source)).network);
  const calibrated = [];
  for (const [at, pixels] of images.slice(0, CALIBRATED).entries()) {
    const { ranges } = await calibrator.measure(pixels);
    calibrated.push({ path: String(at), ranges });
  }
  await calibrator.close();
  const { weightsSha256 } = fingerprint;
  const calibration = encodeCalibration({ weightsSha256, calibrated, held: [] });
  return await prepareNetwork({ ...source, calibration });
}

function variantsOf(
  network: Prepared,
  { int8, weights }: { int8: Prepared; weights: string | null },
): Variant[] {
  const ours = (...names: string[]) => names.map((name) => join(MODULES, name));
  const tensorflow = ours(
    ...['core', 'backend-cpu', 'backend-wasm'].map((name) => `@tensorflow/tfjs-${name}`),
  );
  const native = ours('onnxruntime-node', 'onnxruntime-common');
  const variants: Variant[] = [
    { name: 'onnxruntime', choice: { engine: 'onnxruntime' }, packages: native, network },
    { name: 'onnxruntime, int8', choice: { engine: 'onnxruntime' }, packages: native, network: int8 },
    { name: 'tfjs', choice: { engine: 'tfjs' }, packages: tensorflow, network },
  ];
  if (tfjsNodeFolder === undefined) return variants;
  const choice = { engine: 'tfjs-node', tfjsNode: tfjsNodeFolder } as const;
  const packages = [join(tfjsNodeFolder, 'node_modules')];
  return [
    ...variants,
    { name: 'tfjs-node', choice, packages, network },
    { name: 'tfjs-node, plain layers', choice, packages, network, plain: weights },
  ];
}

/** One round of one variant, in a process of its own. */
async function runRound(variant: Variant, init: Omit<EngineInit, 'fingerprint'>): Promise<EngineRound> {
  const { choice, network, plain } = variant;
  const child = fork(CHILD, [], {
    env: { ...process.env, ...CHILD_ENVIRONMENT },
    // Without the condition that leads to sources: the packages as they are built.
    execArgv: ['--import', import.meta.resolve('tsx')],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  return await new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`${variant.name} ended with ${code}`)));
    child.once('message', (round) => resolve(round as EngineRound));
    child.send({ ...init, ...choice, fingerprint: network.fingerprint, plain });
  });
}

/** The images that are inferred, and what Keras gives for them where that is known. */
async function inputs(): Promise<{ images: Uint8Array[]; keras: Float32Array[] | undefined }> {
  const reference = sharedFolder === undefined ? undefined : await referenceImages();
  const files =
    reference === undefined
      ? await drawings(DRAWN)
      : await Promise.all(reference.map(({ file }) => readFile(file)));
  const images: Uint8Array[] = [];
  for (const file of files) {
    const decoded = await decodeImage(file);
    if (!decoded.ok) throw new Error(decoded.code);
    images.push(decoded.pixels);
  }
  return { images, keras: reference?.map(({ features }) => features) };
}

function costTable(measured: readonly { variant: Variant; rounds: readonly EngineRound[] }[]): string {
  const times = measured.map(({ rounds }) => median(rounds.map(({ imageMs }) => imageMs)));
  const mib = (bytes: number) => String(Math.round(bytes / 2 ** 20));
  const rows = measured.map(({ variant, rounds }, at) => {
    const starts = rounds.flatMap(({ startMs }) => startMs ?? []);
    return [
      variant.name,
      `${times[at]!.toFixed(1)} (${rounds.map(({ imageMs }) => imageMs.toFixed(1)).join(', ')})`,
      `${(times[at]! / times[0]!).toFixed(1)}×`,
      starts.length === 0 ? '–' : median(starts).toFixed(0),
      mib(median(rounds.map(({ rssBytes }) => rssBytes))),
      mib(variant.packages.reduce((sum, folder) => sum + folderBytes(folder), 0)),
    ];
  });
  const head = ['engine', 'ms per image (rounds)', 'of onnxruntime', 'start, ms', 'memory, MiB', 'disk, MiB'];
  return markdownTable([head, ...rows], [1, 2, 3, 4, 5]);
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      record: { type: 'boolean', default: false },
      rounds: { type: 'string', default: '5' },
      images: { type: 'string', default: '60' },
    },
  });
  const [rounds, timed] = [Number(values.rounds), Number(values.images)];
  const warning = loadWarning();
  const weights = sharedFolder === undefined ? null : sharedFile(WEIGHTS);
  const source: WeightsSource =
    weights === null ? { kind: 'untrained', seed: 1 } : { kind: 'file', path: weights, custom: false };
  const network = await prepareNetwork(source);
  const { images, keras } = await inputs();
  const int8 = await prepareInt8(source, network, images);
  const measured = variantsOf(network, { int8, weights }).map((variant) => ({
    variant,
    rounds: [] as EngineRound[],
  }));
  const { folder, remove } = await temporaryFolder();
  try {
    for (const [at, { variant }] of measured.entries())
      await writeFile(join(folder, `${at}.onnx`), variant.network.network);
    for (let round = 0; round < rounds; round += 1)
      for (const [at, { variant, rounds: done }] of measured.entries()) {
        const init = { network: join(folder, `${at}.onnx`), images, warmUp: WARM_UP, timed };
        done.push(await runRound(variant, init));
      }
  } finally {
    await remove();
  }
  const features = measured.map(({ variant, rounds: [first] }) => ({
    name: variant.name,
    features: first?.features ?? [],
  }));
  const versions = Object.assign({}, ...measured.map(({ rounds: [first] }) => first?.versions)) as object;
  const listed = Object.entries(versions)
    .slice(1)
    .map(([name, version]) => `${name} ${version}`);
  const what =
    keras === undefined ? `${DRAWN} drawings, seeded weights` : `${images.length} reference images`;
  const text = [
    `${warning}${machineText()}; ${listed.join(', ')}. One process of one thread at a time, ${rounds} rounds in turns of ${timed} images; medians. Start is from loading library and decoders to the first features; memory is that of the process after its images, disk that of the engine's packages.`,
    costTable(measured),
    `Features on ${what}, against ${keras === undefined ? '' : 'Keras and against '}onnxruntime:`,
    parityText(features, keras),
  ].join('\n\n');
  process.stdout.write(`${text}\n`);
  if (values.record)
    await recordSection('engines', `## Measured (\`npm run bench:engines\`)\n\n${text}`, 'engines');
}

await main();
