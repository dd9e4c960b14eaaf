import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { type FinishOptions, type Report, RUN_FILES, runState } from '@verger/core';
import { mergeFinish, openEpoch, readStatus, readSuccess, requireEpoch } from '@verger/run';
import { decodeProjection, encodeProjection } from '@verger/tables';
import { parseCsv } from '@verger/testkit/csv';
import { examine, faultsOf } from '@verger/testkit/examined';
import { fakeChildren } from '@verger/testkit/fake-children';
import { faultyStorage } from '@verger/testkit/faulty-storage';
import {
  bytesOf,
  CLOCK,
  FINISH,
  goodImages,
  hashesOf,
  jsonOf,
  keysOf,
  promisedHashes,
  type TestRun,
  testRun,
  WORKER,
} from '@verger/testkit/run-harness';
import { verifySuccess } from '../../../run/src/success.ts';

const FILES = { ...goodImages(4), 'a/01-bad.jpg': 'BAD:E_IMG_DECODE' };
const CUT = { extraction: { partitions: 2 } };
const ANY = { maxBad: 1 };

async function csvOf(run: TestRun): Promise<string[][]> {
  return parseCsv(Buffer.from(await bytesOf(run.store, RUN_FILES.csv)).toString('utf8'));
}

/** Opens an epoch as `verger run` does, and dies before it forgets what finish made. */
async function dieAfterOpening(run: TestRun, finish: Partial<FinishOptions>): Promise<void> {
  const wanted = { ...FINISH, ...finish };
  await openEpoch(run.store, { cause: 'run', finish: wanted, by: WORKER, at: CLOCK.now() });
}

test('a CSV that is asked for on a finished run is made without computing anything again', async (t) => {
  const run = await testRun(t, FILES, CUT);
  await run.execute({ finish: ANY });
  const before = await promisedHashes(run.store);
  assert.equal(before[RUN_FILES.csv], undefined);
  const children = fakeChildren();
  const { verdict } = await run.execute({ finish: { ...ANY, csv: true }, children });
  assert.equal(verdict, 'ok');
  for (const kind of ['images', 'encode', 'adopt', 'fit', 'project'] as const) {
    assert.equal(children.calls(kind), 0, kind);
  }
  const { [RUN_FILES.csv]: csv, ...after } = await promisedHashes(run.store);
  assert.deepEqual(after, before);
  assert.equal((await verifySuccess(run.store))?.files[RUN_FILES.csv]?.sha256, csv);
  const [header, ...rows] = await csvOf(run);
  assert.equal(header?.[0], 'path');
  assert.deepEqual(
    rows.map(([path]) => path),
    Object.keys(goodImages(4)),
  );
});

test('a rebuilt CSV keeps the times of the report, and a damaged report stops nothing', async (t) => {
  const run = await testRun(t, FILES, CUT);
  await run.execute({ finish: ANY });
  const times = async () => (await jsonOf<Report>(run.store, RUN_FILES.report)).stages;
  const first = await times();
  assert.ok(first.reduceMs !== null && first.projectMs !== null);
  await run.execute({ finish: { ...ANY, csv: true } });
  assert.deepEqual(await times(), first);
  await run.store.replace(RUN_FILES.report, Buffer.from('{'));
  assert.equal((await run.execute({ finish: { ...ANY, csv: true, csvRaw: true } })).verdict, 'ok');
  assert.deepEqual(await times(), { ...first, reduceMs: null, projectMs: null });
});

test('a byte order mark begins the CSV that asked for it, for later epochs and verify, too', async (t) => {
  const run = await testRun(t, FILES, CUT);
  await run.execute({ finish: { ...ANY, csv: true } });
  const plain = await bytesOf(run.store, RUN_FILES.csv);
  assert.equal(
    'csvBom' in (await requireEpoch(run.store)).finish,
    false,
    'nothing is said that was not asked',
  );
  const marked = { ...ANY, csv: true, csvBom: true } as const;
  await run.execute({ finish: marked });
  const withMark = Buffer.concat([Buffer.from('\uFEFF'), plain]);
  assert.deepEqual(Buffer.from(await bytesOf(run.store, RUN_FILES.csv)), withMark);
  assert.equal((await requireEpoch(run.store)).finish.csvBom, true);
  assert.deepEqual(faultsOf(await examine(run)), []);
  await run.store.replace(RUN_FILES.csv, plain);
  assert.match(faultsOf(await examine(run)).join(), /^result\.csv: /);
});

test('a run that died between new epoch and old _SUCCESS finishes as asked', async (t) => {
  const run = await testRun(t, FILES, CUT);
  await run.execute({ finish: ANY });
  await dieAfterOpening(run, { ...ANY, csv: true });
  assert.equal(await verifySuccess(run.store), undefined, 'it lacks the CSV that was asked for');
  assert.equal(runState((await readStatus(run.store, run.manifest)).facts), 'running');
  // The same command again: its options are those of the newest epoch, so nothing is forgotten first.
  assert.equal((await run.execute({ finish: { ...ANY, csv: true } })).verdict, 'ok');
  const success = await verifySuccess(run.store);
  assert.ok(success?.files[RUN_FILES.csv] !== undefined);
});

test('a new epoch that asks for the same leaves a finished run finished', async (t) => {
  const run = await testRun(t, FILES, CUT);
  await run.execute({ finish: ANY });
  const before = await hashesOf(run.store);
  await dieAfterOpening(run, ANY);
  assert.equal((await readSuccess(run.store))?.epoch, 1);
  const children = fakeChildren();
  const { verdict, events } = await run.execute({ finish: ANY, children });
  assert.equal(verdict, 'ok');
  assert.deepEqual(
    events.map(({ type }) => type),
    ['run:done'],
  );
  const { 'epochs/0002.json': _two, 'epochs/0003.json': _three, ...after } = await hashesOf(run.store);
  assert.deepEqual(after, before);
});

test('a CSV of other options that a killed run left is rebuilt before _SUCCESS', async (t) => {
  const run = await testRun(t, FILES, CUT);
  await run.execute({ finish: { ...ANY, csv: true } });
  const plain = await bytesOf(run.store, RUN_FILES.csv);
  await dieAfterOpening(run, { ...ANY, csv: true, withImages: true });
  await run.store.remove(RUN_FILES.success);
  assert.equal((await run.execute({ finish: { ...ANY, csv: true, withImages: true } })).verdict, 'ok');
  assert.ok((await bytesOf(run.store, RUN_FILES.csv)).length > plain.length);
  assert.ok((await verifySuccess(run.store)) !== undefined);
});

test('of two epochs that ask for different things the newest is answered, whoever finishes', async (t) => {
  const run = await testRun(t, FILES, CUT);
  const store = faultyStorage(run.store, {
    before: async ({ kind, key }) => {
      if (kind === 'create' && key === RUN_FILES.labels) await dieAfterOpening(run, { ...ANY, csv: true });
    },
  });
  assert.equal((await run.execute({ finish: ANY, store })).verdict, 'ok');
  const success = await verifySuccess(run.store);
  assert.equal(success?.epoch, 2);
  assert.ok(success?.files[RUN_FILES.csv] !== undefined);
});

test('an epoch that is opened while _SUCCESS is written is answered too', async (t) => {
  const run = await testRun(t, FILES, CUT);
  let opened = false;
  const store = faultyStorage(run.store, {
    before: async ({ kind, key }) => {
      if (kind !== 'create' || key !== RUN_FILES.success || opened) return;
      opened = true;
      await dieAfterOpening(run, { ...ANY, csv: true });
    },
  });
  assert.equal((await run.execute({ finish: ANY, store })).verdict, 'ok');
  assert.equal((await verifySuccess(run.store))?.epoch, 2);
});

test('the CSV with images holds the images as they are', async (t) => {
  const run = await testRun(t, FILES, CUT);
  await run.execute({ finish: { ...ANY, csv: true, withImages: true } });
  const [header, ...rows] = await csvOf(run);
  const cells = rows.map((row) => row.map((cell) => Buffer.from(cell, 'base64').toString('utf8')));
  for (const [index, content] of Object.values(goodImages(4)).entries()) {
    assert.ok(cells[index]?.includes(content), `${header}: ${content}`);
  }
});

test('an image that changed is an error of the CSV with images; features and model stay', async (t) => {
  const run = await testRun(t, FILES, CUT);
  await run.execute({ finish: ANY });
  const before = await promisedHashes(run.store);
  await writeFile(join(run.imagesFolder, 'b/02.jpg'), 'another image');
  const { error } = await run.execute({ finish: { ...ANY, csv: true, withImages: true } });
  assert.equal(error?.code, 'E_CSV_IMAGE');
  assert.equal(error?.place.path, 'b/02.jpg');
  assert.match(error?.message ?? '', /E_IMG_CHANGED/);
  assert.deepEqual(await promisedHashes(run.store), before, 'no half CSV either');
  assert.equal(await readSuccess(run.store), undefined);
  assert.equal(runState((await readStatus(run.store, run.manifest)).facts), 'failed');
  assert.equal((await run.execute({ finish: { ...ANY, csv: true } })).verdict, 'ok');
});

test('quarantine and labels from before a repair are replaced', async (t) => {
  const run = await testRun(t, FILES, CUT);
  await run.execute({ finish: ANY });
  const before = await promisedHashes(run.store);
  for (const file of [RUN_FILES.success, RUN_FILES.model]) await run.store.remove(file);
  for (const file of [RUN_FILES.quarantine, RUN_FILES.labels]) {
    await run.store.replace(file, Buffer.from('{}\n'));
  }
  assert.equal((await run.execute({ finish: ANY })).verdict, 'ok');
  assert.deepEqual(await promisedHashes(run.store), before);
  await verifySuccess(run.store);
});

test('a projection of another model is not done, and is replaced', async (t) => {
  const run = await testRun(t, FILES, CUT);
  await run.execute({ finish: ANY });
  const other = await testRun(t, { ...FILES, 'b/09.jpg': 'one more' }, CUT);
  await other.execute({ finish: ANY });
  const before = await promisedHashes(run.store);
  const file = 'projection/part-00001.parquet';
  await run.store.remove(RUN_FILES.success);
  await run.store.replace(file, await bytesOf(other.store, file));
  const { facts } = await readStatus(run.store, run.manifest);
  assert.deepEqual([...facts.projected], [0], 'that of another model is not done');
  const children = fakeChildren();
  await run.execute({ finish: ANY, children });
  assert.deepEqual(await promisedHashes(run.store), before);
  assert.equal(children.calls('fit'), 0);
});

test('a zombie does not replace a projection by that of a forgotten model', async (t) => {
  const other = await testRun(t, { ...FILES, 'a/00.jpg': 'image z/00.jpg' }, CUT);
  await other.execute({ finish: ANY });
  const run = await testRun(t, FILES, CUT);
  const file = 'projection/part-00000.parquet';
  const store = faultyStorage(run.store, {
    before: async ({ kind, key }) => {
      if (kind !== 'create' || key !== file) return;
      // A repair meanwhile: another model, and its projection.
      await run.store.replace(RUN_FILES.model, await bytesOf(other.store, RUN_FILES.model));
      await run.store.replace(file, await bytesOf(other.store, file));
    },
  });
  const { error } = await run.execute({ finish: ANY, store });
  assert.equal(error?.code, 'E_RUN_CORRUPT');
  assert.match(error?.message ?? '', /changed while in use/);
  assert.deepEqual(await bytesOf(run.store, file), await bytesOf(other.store, file));
});

test('a projection of another partition is not made a CSV of', async (t) => {
  for (const images of [5, 4]) {
    const run = await testRun(t, goodImages(images), CUT);
    await run.execute();
    const first = await bytesOf(run.store, 'projection/part-00000.parquet');
    await run.store.replace('projection/part-00001.parquet', first);
    const { error } = await run.execute({ finish: { csv: true } });
    assert.equal(error?.code, 'E_PART_CORRUPT', `${images} images`);
    assert.equal(error?.place.partition, 1);
    assert.ok(!(await keysOf(run.store)).includes(RUN_FILES.csv));
  }
});

test('a projection that lacks rows is not made a CSV of', async (t) => {
  const run = await testRun(t, goodImages(4), CUT);
  await run.execute();
  const file = 'projection/part-00001.parquet';
  const { paths, labels, projection, k, modelSha256 } = await decodeProjection(
    await bytesOf(run.store, file),
  );
  const short = { paths: paths.slice(1), labels: labels.slice(1), projection: projection.subarray(k), k };
  await run.store.replace(file, encodeProjection(short, { modelSha256 }));
  const { error } = await run.execute({ finish: { csv: true } });
  assert.equal(error?.code, 'E_PART_CORRUPT');
  assert.match(error?.message ?? '', /rows do not match its commit/);
});

test('a data file that was changed afterwards is found by name', async (t) => {
  const run = await testRun(t, FILES, CUT);
  await run.execute({ finish: ANY });
  const file = 'projection/part-00000.parquet';
  const bytes = Buffer.from(await bytesOf(run.store, file));
  bytes[30]! ^= 1;
  await run.store.replace(file, bytes);
  await assert.rejects(verifySuccess(run.store), { code: 'E_PART_CORRUPT', message: /_SUCCESS/ });
  await run.store.remove(file);
  await assert.rejects(verifySuccess(run.store), { code: 'E_PART_CORRUPT', message: /missing/ });
});

test('a CSV that was asked for once stays asked for; the newest limit counts', () => {
  const csv: FinishOptions = { csv: true, withImages: true, csvRaw: true, maxBad: 0.1 };
  const none: FinishOptions = { csv: false, withImages: false, csvRaw: false, maxBad: 0.5 };
  assert.deepEqual(mergeFinish(undefined, none), none);
  assert.deepEqual(mergeFinish(csv, none), { ...csv, maxBad: 0.5 });
  assert.deepEqual(mergeFinish({ ...csv, csvBom: true }, none), { ...csv, csvBom: true, maxBad: 0.5 });
  assert.deepEqual(mergeFinish(csv, { ...csv, withImages: false }), { ...csv, withImages: false });
  const given = { csv: false, maxBad: false };
  const quiet: FinishOptions = { ...csv, htmlReport: false };
  assert.deepEqual(mergeFinish(quiet, none, given), quiet, 'no page stays no page');
  assert.deepEqual(mergeFinish(quiet, none, { ...given, htmlReport: true }), csv);
  assert.deepEqual(mergeFinish(csv, { ...none, htmlReport: false }, { ...given, htmlReport: true }), quiet);
});
