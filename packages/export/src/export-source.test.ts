import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type ErrorCode, FEATURES, RUN_FILES, type Success, sha256, VergerError } from '@verger/core';
import { decodeFeatures, decodeProjection, encodeFeatures, encodeProjection } from '@verger/tables';
import { fakeFeatures } from '@verger/testkit/fake-children';
import { MISSING, type OtherFile, withOtherFiles } from '@verger/testkit/other-files';
import { bytesOf, goodImages, runIn, type TestRun } from '@verger/testkit/run-harness';
import {
  type ExportPart,
  type ExportSource,
  type ExportWhat,
  openExport,
  readParts,
} from './export-source.ts';

const COMMIT = 'commits/part-00001.json';
const LISTING = 'listing/part-00001.jsonl';
const FEATURES_FILE = 'features/part-00001.parquet';
const PROJECTION = 'projection/part-00001.parquet';

/** Partition 0 has two good images, partition 1 a good one after one that is bad. */
let folder: string;
let run: TestRun;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'verger-export-'));
  const images = { ...goodImages(3), 'b/01-bad.jpg': 'BAD:E_IMG_DECODE' };
  run = await runIn(folder, images, { extraction: { partitions: 2 } });
  assert.equal((await run.execute({ finish: { maxBad: 1 } })).verdict, 'ok');
});
after(() => rm(folder, { recursive: true, force: true }));

async function partsOf(
  wanted: { what: ExportWhat; images?: boolean },
  files: Readonly<Record<string, OtherFile>> = {},
  success: (success: Success) => Success['files'] = ({ files }) => files,
): Promise<ExportPart[]> {
  const source: ExportSource = await openExport(withOtherFiles(run.store, files), run.manifest);
  const own = { ...source, success: { ...source.success, files: success(source.success) } };
  const parts: ExportPart[] = [];
  for await (const part of readParts(own, { images: false, ...wanted })) parts.push(part);
  return parts;
}

test('each partition in order: its rows, and of their lists those that are wanted', async () => {
  const both = await partsOf({ what: 'both', images: true });
  assert.deepEqual(
    both.map(({ partition, paths, labels }) => [partition, paths, labels]),
    [
      [0, ['a/00.jpg', 'a/01.jpg'], ['a', 'a']],
      [1, ['b/02.jpg'], ['b']],
    ],
  );
  const [, second] = both;
  assert.equal(second?.features?.features.length, FEATURES);
  assert.deepEqual(second?.features?.features, fakeFeatures(Buffer.from('image b/02.jpg')));
  assert.deepEqual(second?.projection, await decodeProjection(await bytesOf(run.store, PROJECTION)));
  assert.deepEqual(
    both.map(({ images }) => images?.map(({ path }) => path)),
    both.map(({ paths }) => paths),
  );
  const known = (parts: ExportPart[]) => parts.map((part) => Object.keys(part).sort().join(' '));
  const rows = ['labels partition paths projection', 'labels partition paths projection'];
  assert.deepEqual(known(await partsOf({ what: 'projection' })), rows);
  const features = ['features labels partition paths', 'features labels partition paths'];
  assert.deepEqual(known(await partsOf({ what: 'features' })), features);
});

test('only what is wanted is read', async () => {
  const without = { [FEATURES_FILE]: MISSING, [LISTING]: MISSING };
  assert.equal((await partsOf({ what: 'projection' }, without)).length, 2);
  assert.equal((await partsOf({ what: 'features' }, { [PROJECTION]: MISSING })).length, 2);
});

/** A projection file of other rows, and `_SUCCESS` as it would name it. */
async function projected(change: { paths?: string[]; modelSha256?: string }) {
  const { modelSha256, ...rows } = await decodeProjection(await bytesOf(run.store, PROJECTION));
  const paths = change.paths ?? rows.paths;
  const labels = paths.map(() => 'b');
  const projection = new Float64Array(paths.length * rows.k);
  const own = { paths, labels, projection, k: rows.k };
  const bytes = encodeProjection(own, { modelSha256: change.modelSha256 ?? modelSha256 });
  const named = { [PROJECTION]: { sha256: sha256(bytes), bytes: bytes.length } };
  return { bytes, success: ({ files }: Success) => ({ ...files, ...named }) };
}

const placed = (code: ErrorCode, file: string) => (error: unknown) => {
  assert.ok(error instanceof VergerError, String(error));
  const location = `${run.store.describe()}/${file}`;
  assert.deepEqual([error.code, error.place.partition, error.place.location], [code, 1, location]);
  return true;
};

const FLIPPED: readonly [string, ErrorCode, ExportWhat][] = [
  [FEATURES_FILE, 'E_PART_CORRUPT', 'features'],
  [PROJECTION, 'E_PART_CORRUPT', 'projection'],
  [LISTING, 'E_RUN_CORRUPT', 'projection'],
];

for (const [file, code, what] of FLIPPED) {
  test(`${file} with a flipped bit is ${code} there`, async () => {
    const bytes = Uint8Array.from(await bytesOf(run.store, file));
    bytes[bytes.length >> 1]! ^= 1;
    const wanted = { what, images: true };
    await assert.rejects(partsOf(wanted, { [file]: bytes }), placed(code, file));
  });
}

test('a commit that is gone is E_RUN_CORRUPT there', async () => {
  await assert.rejects(partsOf({ what: 'features' }, { [COMMIT]: MISSING }), placed('E_RUN_CORRUPT', COMMIT));
});

/** `_SUCCESS` as it would be of another features file. */
const naming = (bytes: Uint8Array) => (success: Success) => ({
  ...success.files,
  [FEATURES_FILE]: { sha256: sha256(bytes), bytes: bytes.length },
});

test('whole features are taken only where _SUCCESS names them and the commit has their rows', async () => {
  const wrong = placed('E_PART_CORRUPT', FEATURES_FILE);
  const { metadata, ...rows } = await decodeFeatures(await bytesOf(run.store, FEATURES_FILE));
  rows.features[FEATURES - 1] = 0.5;
  const other = encodeFeatures(rows, metadata);
  const files = { [FEATURES_FILE]: other };
  await assert.rejects(partsOf({ what: 'features' }, files, naming(other)), wrong);
  await assert.rejects(partsOf({ what: 'features' }, {}, naming(other)), wrong);
});

test('a projection has the run’s model, the commit’s number of rows, and the features’ rows', async () => {
  const wrong = placed('E_PART_CORRUPT', PROJECTION);
  for (const change of [
    { modelSha256: '0'.repeat(64) },
    { paths: ['b/02.jpg', 'b/03.jpg'] },
    { paths: ['b/09.jpg'] },
  ]) {
    const { bytes, success } = await projected(change);
    await assert.rejects(
      partsOf({ what: 'both' }, { [PROJECTION]: bytes }, success),
      wrong,
      JSON.stringify(change),
    );
  }
  const { bytes, success } = await projected({});
  assert.equal((await partsOf({ what: 'both' }, { [PROJECTION]: bytes }, success)).length, 2);
});

test('a run is exported once it is finished', async () => {
  const store = withOtherFiles(run.store, { [RUN_FILES.success]: MISSING });
  const place = { location: run.store.describe() };
  await assert.rejects(openExport(store, run.manifest), { code: 'E_RUN_NO_MODEL', place });
});
