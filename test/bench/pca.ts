/**
 * What the reducer's arithmetic costs at 1,280 features: `npm run bench:pca [-- --runs 5] [--record]`.
 * With --record it writes its section of docs/benchmarks.md. Each time is the median of the runs (5), in this
 * process, on one thread. Rows are seeded: no file is read.
 */
import { parseArgs } from 'node:util';
import { FEATURES, type Sums } from '@verger/core';
import {
  addRows,
  covarianceOf,
  emptySums,
  fitPca,
  mergeSums,
  plainIntegerGram,
  prepareProjection,
  sumsDigest,
  symmetricEigen,
  tridiagonalise,
} from '@verger/pca';
import { markdownTable } from '@verger/testkit/built';
import { recordSection } from '@verger/testkit/reliability';
import { loadWarning, machineText } from './machine.ts';

const ROWS = 1536;
const MERGED = 100;
const LABELS = 50;

/**
 * Correlated rows in [0, 8): a few hidden factors and noise, so that the spectrum falls as that of
 * photographs does.
 */
function seededFeatures(): Float32Array {
  let state = 1;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 4294967296;
  };
  const factors = Array.from({ length: 100 }, (_, at) =>
    Float64Array.from({ length: FEATURES }, () => (next() - 0.5) / (1 + at / 8)),
  );
  const features = new Float32Array(ROWS * FEATURES);
  for (let row = 0; row < ROWS; row++) {
    const weights = factors.map(() => next() - 0.5);
    for (let j = 0; j < FEATURES; j++) {
      let value = 2 + next() / 4;
      for (const [at, factor] of factors.entries()) value += factor[j]! * weights[at]!;
      features[row * FEATURES + j] = Math.min(7, Math.max(0, value));
    }
  }
  return features;
}

async function medianMs(runs: number, body: () => unknown): Promise<number> {
  const times: number[] = [];
  for (let run = 0; run < runs; run++) {
    const start = performance.now();
    await body();
    times.push(performance.now() - start);
  }
  return times.sort((a, b) => a - b)[Math.floor(runs / 2)]!;
}

const fitWith = (sums: Sums, components: number) =>
  fitPca(sums, { variance: null, components, standardise: false, sparkCompatible: false });

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { runs: { type: 'string', default: '5' }, record: { type: 'boolean', default: false } },
  });
  const runs = Math.max(1, Number(values.runs));
  const features = seededFeatures();
  const labels = Array.from({ length: ROWS }, (_, row) => `label ${row % LABELS}`);
  const sums = emptySums(FEATURES);
  await addRows(sums, { features, labels }, plainIntegerGram);
  const block = Float64Array.from(features.subarray(0, 1024 * FEATURES), (value) =>
    Math.floor(value * 65536 + 0.5),
  );
  const { matrix } = covarianceOf(sums, false);
  const eigen = symmetricEigen(matrix.slice(), FEATURES);
  const project = prepareProjection(fitWith(sums, 25));

  const steps: [name: string, body: () => unknown][] = [
    ['Gram product of 1,024 rows, plain loops', () => plainIntegerGram(block, 1024, FEATURES)],
    [
      `merge of ${MERGED} sums with ${LABELS} labels`,
      () => {
        const into = emptySums(FEATURES);
        for (let at = 0; at < MERGED; at++) mergeSums(into, sums);
      },
    ],
    ['digest of the sums', () => sumsDigest(sums)],
    ['covariance', () => covarianceOf(sums, false)],
    ['tridiagonalise', () => tridiagonalise(matrix.slice(), FEATURES)],
    ['all eigenvalues (tridiagonalise + QL)', () => symmetricEigen(matrix.slice(), FEATURES)],
    ['25 vectors', () => eigen.vectors(25)],
    ['64 vectors', () => eigen.vectors(64)],
    ['full fit, k = 25', () => fitWith(sums, 25)],
    ['full fit, k = 64', () => fitWith(sums, 64)],
    [`full fit, k = ${FEATURES}`, () => fitWith(sums, FEATURES)],
    [`projection of ${ROWS} rows, k = 25`, () => project(features, ROWS)],
  ];
  const warning = loadWarning();
  const table = [['step', 'ms']];
  for (const [name, body] of steps) table.push([name, (await medianMs(runs, body)).toFixed(0)]);
  const text = `${warning}${FEATURES} features, median of ${runs} runs, one thread; ${machineText()}.\n\n${markdownTable(table, [1])}\n`;
  process.stdout.write(text);
  if (values.record) await recordSection('pca', `## PCA (\`npm run bench:pca\`)\n\n${text}`, 'benchmarks');
}

await main();
