/**
 * What each stage costs one process for one image or one partition: `npm run bench:stages [-- --record]`.
 * Medians, in this process, one thread, on drawn images of 100×100. The sum of an image's stages is what
 * bounds a child.
 */
import { parseArgs } from 'node:util';
import { FEATURES } from '@verger/core';
import {
  createExtractor,
  decodeImage,
  onnxIntegerGram,
  prepareNetwork,
  resizeBicubic,
} from '@verger/features';
import { addRows, emptySums } from '@verger/pca';
import { encodeFeatures, encodeSums } from '@verger/tables';
import { markdownTable, runProgram } from '@verger/testkit/built';
import { drawings } from '@verger/testkit/images';
import { recordSection } from '@verger/testkit/reliability';
import { FINGERPRINT } from '@verger/testkit/rows';
import { loadWarning, machineText, median } from './machine.ts';

const PARTITION = 156;
const HELP = new URL('../../apps/verger/bin/verger.js', import.meta.url).pathname;

async function medianMs(runs: number, body: (run: number) => unknown): Promise<number> {
  const times: number[] = [];
  for (let run = -Math.ceil(runs / 5); run < runs; run += 1) {
    const started = performance.now();
    await body(Math.abs(run));
    if (run >= 0) times.push(performance.now() - started);
  }
  return median(times);
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { record: { type: 'boolean', default: false } } });
  const warning = loadWarning();
  const images = await drawings(200);
  const extractor = await createExtractor(await prepareNetwork({ kind: 'untrained', seed: 1 }));
  const small = new Uint8Array(100 * 100 * 3).map((_, at) => at * 7);
  const large = new Uint8Array(4000 * 3000 * 3).map((_, at) => at * 7);
  const pixels = resizeBicubic(small, { width: 100, height: 100 });
  const rows = {
    paths: Array.from({ length: PARTITION }, (_, row) => `apple/${row}.jpg`),
    labels: Array.from({ length: PARTITION }, () => 'apple'),
    features: Float32Array.from({ length: PARTITION * FEATURES }, (_, at) => (at % 600) / 100),
  };
  const sums = emptySums(FEATURES);
  const metadata = {
    fingerprint: FINGERPRINT,
    numericClass: extractor.numericClass,
    listed: PARTITION,
    quarantined: [],
  };
  const table: string[][] = [['stage', 'per', 'median, ms']];
  const add = async (stage: string, of: string, runs: number, body: (run: number) => unknown) => {
    table.push([stage, of, (await medianMs(runs, body)).toFixed(2)]);
  };
  await add('decode and resize', 'image', 500, (run) => decodeImage(images[run % images.length]!));
  await add('resize 100×100', 'image', 500, () => resizeBicubic(small, { width: 100, height: 100 }));
  await add('resize 4000×3000', 'image', 15, () => resizeBicubic(large, { width: 4000, height: 3000 }));
  await add('inference', 'image', 200, () => extractor.infer(pixels));
  await add('sums', `${PARTITION} rows`, 15, () => addRows(emptySums(FEATURES), rows, onnxIntegerGram));
  await add('features file', `${PARTITION} rows`, 15, () => encodeFeatures(rows, metadata));
  await add('sums file', 'partition', 15, () => encodeSums(sums));
  await add('verger --help', 'process', 9, () => runProgram(process.execPath, [HELP, '--help']));
  await extractor.close();
  const text = `${warning}${machineText()}; one thread.\n\n${markdownTable(table, [2])}\n`;
  process.stdout.write(text);
  if (values.record)
    await recordSection('stages', `## Stages (\`npm run bench:stages\`)\n\n${text}`, 'benchmarks');
}

await main();
