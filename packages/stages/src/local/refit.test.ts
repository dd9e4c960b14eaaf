import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { type Commit, type LabelCentroids, type Report, RUN_FILES, VergerError } from '@verger/core';
import { copiedListing, createRun, planRefit } from '@verger/run';
import { openLocalStorage } from '@verger/storage';
import { fakeChildren } from '@verger/testkit/fake-children';
import { faultyStorage } from '@verger/testkit/faulty-storage';
import {
  bytesOf,
  executeEpoch,
  goodImages,
  jsonOf,
  PCA,
  promisedHashes,
  runIn,
  type TestRun,
  temporaryFolder,
  testRun,
} from '@verger/testkit/run-harness';

const FILES = { ...goodImages(6), 'a/bad.jpg': 'BAD:E_IMG_DECODE' };
const OPTIONS = { extraction: { partitionSize: 3 } };
const TWO = { ...PCA, variance: null, components: 2 };
const LENIENT = { maxBad: 1 };

/** Plans and creates a refit beside its source. */
async function refitOf(source: TestRun, name: string | null = null) {
  const manifest = planRefit(source.manifest, { pca: TWO, name });
  const store = openLocalStorage(join(dirname(source.folder), manifest.runId));
  await createRun(store, manifest, copiedListing(source));
  const images = openLocalStorage(join(source.folder, 'no images are here'));
  const reuse = { manifest: source.manifest, store: source.store, whole: true };
  return { manifest, store, images, reuse };
}

test('a refit is the run that these options would have made, and reads no image', async (t) => {
  const source = await testRun(t, FILES, OPTIONS);
  await source.execute({ finish: LENIENT });
  const scratch = await runIn(dirname(source.imagesFolder), {}, { ...OPTIONS, pca: TWO });
  assert.equal((await scratch.execute({ finish: LENIENT })).error, undefined);
  const [promised, manifest] = [
    await promisedHashes(scratch.store),
    await bytesOf(scratch.store, 'manifest.json'),
  ];
  await rm(scratch.folder, { recursive: true });

  const refit = await refitOf(source);
  const { error, children } = await executeEpoch(refit, { reuse: refit.reuse, finish: LENIENT });
  assert.equal(error, undefined);
  assert.deepEqual(await promisedHashes(refit.store), promised);
  assert.deepEqual(await bytesOf(refit.store, 'manifest.json'), manifest);
  assert.deepEqual([children.asked.length, children.calls('encode'), children.calls('adopt')], [0, 0, 0]);
  const report = await jsonOf<Report>(refit.store, RUN_FILES.report);
  assert.deepEqual([report.reused, report.extracted, report.quarantined], [6, 6, 1]);
  const commit = await jsonOf<Commit>(refit.store, 'commits/part-00000.json');
  assert.equal(commit.reused, commit.extracted);
});

test('a refit that is stopped between any two writes of a partition goes on to the same end', async (t) => {
  const source = await testRun(t, FILES, OPTIONS);
  await source.execute({ finish: LENIENT });
  const whole = await refitOf(source);
  await executeEpoch(whole, { reuse: whole.reuse, finish: LENIENT });
  const promised = await promisedHashes(whole.store);
  for (const stopAt of ['features/', 'sums/', 'commits/'] as const) {
    const refit = await refitOf(source, `stopped-${stopAt.slice(0, -1)}`);
    const full = new VergerError('E_OUTPUT_FULL');
    const after = ({ kind, key }: { kind: string; key: string }) => {
      if (kind === 'create' && key.startsWith(stopAt)) throw full;
    };
    const store = faultyStorage(refit.store, { after });
    const stopped = await executeEpoch(refit, { store, reuse: refit.reuse, finish: LENIENT });
    assert.equal(stopped.error?.code, 'E_OUTPUT_FULL');
    const { error, children } = await executeEpoch(refit, { reuse: refit.reuse, cause: 'resume' });
    assert.equal(error, undefined);
    assert.equal(children.asked.length, 0);
    assert.deepEqual(await promisedHashes(refit.store), promised);
  }
});

test('a refit does not pass damage on: it names the file of the run it takes from', async (t) => {
  const source = await testRun(t, FILES, OPTIONS);
  await source.execute({ finish: LENIENT });
  for (const file of ['features/part-00001.parquet', 'sums/part-00001.sums', 'commits/part-00001.json']) {
    const good = await bytesOf(source.store, file);
    const bad = Buffer.from(good);
    bad[150] = bad[150]! ^ 1;
    await source.store.replace(file, bad);
    const refit = await refitOf(source, file.replaceAll('/', '-'));
    const { error, children } = await executeEpoch(refit, { reuse: refit.reuse });
    assert.match(error?.code ?? '', /^E_(PART|RUN)_CORRUPT$/);
    assert.equal(error?.place.location, `${source.folder}/${file}`);
    assert.equal(children.asked.length, 0);
    await source.store.replace(file, good);
  }
});

test('a listing that is damaged is not copied', async (t) => {
  const source = await testRun(t, FILES, OPTIONS);
  await source.store.replace('listing/part-00001.jsonl', Buffer.from('{}\n'));
  await assert.rejects(refitOf(source), { code: 'E_RUN_CORRUPT' });
});

test('a refit for more components than its images give is refused before anything is written', async (t) => {
  const { manifest } = await testRun(t, FILES, OPTIONS);
  const pca = { ...TWO, components: 7 };
  assert.throws(() => planRefit(manifest, { pca, name: null }), { code: 'E_PCA_COMPONENTS' });
});

/** The model of a run, for a transform. */
const givenOf = async ({ store, manifest }: TestRun) => ({
  bytes: await bytesOf(store, RUN_FILES.model),
  runId: manifest.runId,
});

test('a transform of the same images gives their projection, with the model as it was given', async (t) => {
  const source = await testRun(t, FILES, OPTIONS);
  await source.execute({ finish: LENIENT });
  const given = await givenOf(source);
  const run = await runIn(dirname(source.imagesFolder), {}, { ...OPTIONS, given });
  assert.notEqual(run.manifest.identity, source.manifest.identity);
  const { error, children } = await run.execute({ finish: { ...LENIENT, csv: true } });
  assert.equal(error, undefined);
  assert.equal(children.calls('fit'), 0);
  const { [RUN_FILES.csv]: csv, ...promised } = await promisedHashes(run.store);
  assert.ok(csv !== undefined);
  assert.deepEqual(promised, await promisedHashes(source.store));
  const report = await jsonOf<Report>(run.store, RUN_FILES.report);
  assert.equal(report.model?.runId, source.manifest.runId);
});

test('one image is enough for a transform, and its labels stand in the space of the model', async (t) => {
  const source = await testRun(t, FILES, OPTIONS);
  await source.execute({ finish: LENIENT });
  const folder = await temporaryFolder(t);
  const run = await runIn(folder, { 'one/x.jpg': 'image a/01.jpg' }, { given: await givenOf(source) });
  assert.equal((await run.execute()).error, undefined);
  const { labels } = await jsonOf<LabelCentroids>(run.store, RUN_FILES.labels);
  assert.deepEqual(
    labels.map(({ label, count }) => [label, count]),
    [['one', 1]],
  );
});

test('a given model that is damaged or gone is not applied', async (t) => {
  const source = await testRun(t, FILES, OPTIONS);
  await source.execute({ finish: LENIENT });
  const given = await givenOf(source);
  const run = await runIn(await temporaryFolder(t), goodImages(2), { given });
  const changed = Buffer.from(given.bytes.map((byte, index) => (index === 40 ? byte ^ 1 : byte)));
  await run.store.replace(RUN_FILES.givenModel, changed);
  const { error } = await run.execute();
  assert.equal(error?.code, 'E_RUN_CORRUPT');
  assert.equal(error?.place.location, `${run.folder}/${RUN_FILES.givenModel}`);
  await run.store.replace(RUN_FILES.givenModel, given.bytes);
  assert.equal((await run.execute({ cause: 'resume', children: fakeChildren() })).error, undefined);
});
