import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type Commit,
  ERRORS,
  type ImageErrorCode,
  type Manifest,
  type Quarantined,
  reportSchema,
  withSelfHash,
} from '@verger/core';
import { FINGERPRINT } from '@verger/testkit/rows';
import { EXTRACTION, PCA, WORKER } from '@verger/testkit/run-harness';
import { buildReport, type ReportInput } from './report.ts';

const HASH = 'ab'.repeat(32);
const START = Date.parse('2026-01-01T00:00:00.000Z');

function commit(partition: number, at: { epoch: number; startMs: number; wallMs: number }): Commit {
  return withSelfHash({
    format: 'verger-commit-1' as const,
    runIdentity: HASH,
    partition,
    rowsDigest: HASH,
    features: { sha256: HASH, bytes: 1 },
    sums: { sha256: HASH, bytes: 1 },
    listed: 10,
    extracted: 8,
    quarantined: { E_IMG_DECODE: 2 },
    numericClass: partition === 2 ? 'other' : 'one',
    adopted: false,
    epoch: at.epoch,
    attempt: 1,
    worker: WORKER,
    at: new Date(START + at.startMs + at.wallMs).toISOString(),
    timings: { readMs: 1, decodeMs: 2, inferenceMs: 3, encodeMs: 4, wallMs: at.wallMs },
  });
}

const bad = (path: string, code: ImageErrorCode): Quarantined => ({
  path,
  label: 'a',
  code,
  reason: ERRORS[code].what,
  bytes: 1,
  environmental: false,
});

const manifest: Manifest = withSelfHash({
  format: 'verger-manifest-1' as const,
  runId: 'x',
  identity: HASH,
  images: '/images',
  extraction: EXTRACTION,
  pca: PCA,
  fingerprint: FINGERPRINT,
  listing: { sha256: HASH, images: 30, bytes: 30, labels: 1, refused: 0 },
  partDigits: 5,
  partitions: [0, 1, 2].map(() => ({ images: 10, bytes: 10, sha256: HASH })),
});

const INPUT: ReportInput = {
  manifest,
  verdict: 'ok',
  epochs: 2,
  commits: [
    commit(0, { epoch: 1, startMs: 0, wallMs: 1000 }),
    commit(1, { epoch: 1, startMs: 500, wallMs: 1000 }),
    commit(2, { epoch: 2, startMs: 3_600_000, wallMs: 500 }),
  ],
  quarantined: [
    bad('1', 'E_IMG_DECODE'),
    bad('2', 'E_IMG_EMPTY'),
    ...['3', '4', '5', '6'].map((path) => bad(path, 'E_IMG_DECODE')),
  ],
  model: {
    format: 'verger-pca-1',
    k: 2,
    count: 24,
    mean: [],
    scale: [],
    components: [],
    explainedVariance: [],
    explainedVarianceRatio: [0.5, 0.25, 0.25],
    totalVariance: 1,
    sumsDigest: HASH,
    options: PCA,
  },
  labels: {
    format: 'verger-labels-1',
    truncated: false,
    labels: [
      { label: 'a', count: 12, centroid: [0, 0] },
      { label: 'b', count: 12, centroid: [3, 4] },
    ],
  },
  stageMs: { reduce: 12, project: null },
};

test('the report is of its own schema, and its counts add up', () => {
  const report = reportSchema.parse(buildReport(INPUT));
  assert.deepEqual([report.listed, report.extracted, report.quarantined], [30, 24, 6]);
  assert.equal(report.listed, report.extracted + report.quarantined);
  assert.deepEqual(report.labels, [
    { label: 'a', count: 12 },
    { label: 'b', count: 12 },
  ]);
  assert.deepEqual(report.pca?.cumulative, [0.5, 0.75, 1]);
  assert.deepEqual([report.stages.reduceMs, report.stages.projectMs], [12, null]);
});

test('wall time is that in which something was extracted: overlaps once, pauses between epochs not', () => {
  const { extract } = buildReport(INPUT).stages;
  assert.equal(extract.wallMs, 2000);
  assert.equal(extract.imagesPerSecond, 12);
  assert.deepEqual([extract.readMs, extract.decodeMs, extract.inferenceMs, extract.encodeMs], [3, 6, 9, 12]);
});

test('quarantine is told by code in table order, with the first few paths of each', () => {
  assert.deepEqual(
    buildReport(INPUT).quarantine.map(({ code, count, examples, reason, next }) => [
      ...[code, count, examples],
      reason === ERRORS[code].what && next === ERRORS[code].next,
    ]),
    [
      ['E_IMG_EMPTY', 1, ['2'], true],
      ['E_IMG_DECODE', 5, ['1', '3', '4'], true],
    ],
  );
});

test('numeric classes are counted, the most frequent first', () => {
  assert.deepEqual(buildReport(INPUT).numericClasses, [
    { numericClass: 'one', partitions: 2 },
    { numericClass: 'other', partitions: 1 },
  ]);
});

test('the nearest label is that of the nearest centroid', () => {
  for (const { label, nearest, distance } of buildReport(INPUT).nearest) {
    assert.equal(nearest, label === 'a' ? 'b' : 'a');
    assert.equal(distance, 5);
  }
});

test('without a model there is no PCA, no label and no rate, and the report is still whole', () => {
  const commits = INPUT.commits.map((one) => ({ ...one, extracted: 0 }));
  const report = reportSchema.parse(buildReport({ ...INPUT, commits, model: null, labels: null }));
  assert.deepEqual([report.pca, report.labels, report.nearest], [null, [], []]);
  assert.equal(report.stages.extract.imagesPerSecond, 0);
});

test('store codes are counted by name where there are any', () => {
  const said = (path: string, storeCode?: string): Quarantined => ({
    ...bad(path, 'E_IMG_REFUSED'),
    environmental: true,
    ...(storeCode === undefined ? {} : { storeCode }),
  });
  const quarantined = [said('1', 'MethodNotAllowed'), said('2'), said('3', 'InvalidRequest')];
  const report = reportSchema.parse(
    buildReport({
      ...INPUT,
      quarantined: [...quarantined, said('4', 'InvalidRequest'), bad('5', 'E_IMG_DECODE')],
    }),
  );
  assert.deepEqual(
    report.quarantine.map(({ code, storeCodes }) => [code, storeCodes]),
    [
      ['E_IMG_DECODE', undefined],
      ['E_IMG_REFUSED', { InvalidRequest: 2, MethodNotAllowed: 1 }],
    ],
  );
});
