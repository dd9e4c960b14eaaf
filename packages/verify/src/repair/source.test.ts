import assert from 'node:assert/strict';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { copiedListing, createRun, openEpoch, planRefit } from '@verger/run';
import { stageContext } from '@verger/stages';
import { openLocalStorage } from '@verger/storage';
import { examine, faultsOf, testServices } from '@verger/testkit/examined';
import { fakeChildren } from '@verger/testkit/fake-children';
import {
  CLOCK,
  executeEpoch,
  FINISH,
  goodImages,
  PCA,
  promisedHashes,
  type TestRun,
  testRun,
  WORKER,
} from '@verger/testkit/run-harness';
import { goesToItsEnd, lostFeatures, planRepair } from './plan.ts';
import { openRepair, repairFiles } from './repair.ts';
import { missingInSource } from './source.ts';

const FILES = { ...goodImages(5), 'a/bad.jpg': 'BAD:E_IMG_DECODE' };
const LENIENT = { ...FINISH, maxBad: 1 };
const features = (part: number) => `features/part-0000${part}.parquet`;

async function flip(folder: string, file: string): Promise<void> {
  const path = join(folder, file);
  const bytes = await readFile(path);
  bytes[Math.floor(bytes.length / 2)]! ^= 1;
  await writeFile(path, bytes);
}

/** A finished run of two partitions, a finished refit of it, and what names the one to the other. */
async function refitted(t: TestContext) {
  const source = await testRun(t, FILES, { extraction: { partitions: 2 } });
  assert.equal((await source.execute({ finish: LENIENT })).verdict, 'ok');
  const manifest = planRefit(source.manifest, {
    pca: { ...PCA, variance: null, components: 2 },
    name: 'refit',
  });
  const folder = join(dirname(source.folder), 'refit');
  const store = openLocalStorage(folder);
  await createRun(store, manifest, copiedListing(source));
  const reuse = { manifest: source.manifest, store: source.store, whole: true };
  const named = {
    location: source.folder,
    runId: source.manifest.runId,
    identity: source.manifest.identity,
    whole: true,
  };
  const epoch = await openEpoch(store, {
    cause: 'run',
    finish: LENIENT,
    reuse: named,
    by: WORKER,
    at: CLOCK.now(),
  });
  const refit = { manifest, store, images: source.images, folder };
  assert.equal((await executeEpoch(refit, { epoch: epoch.epoch, reuse })).error, undefined);
  return { source, refit, reuse, expected: await promisedHashes(store) };
}

type Refit = Awaited<ReturnType<typeof refitted>>;

async function repair({ refit, reuse }: Refit, children = fakeChildren()): Promise<void> {
  const examination = await examine(refit);
  const { epoch } = await openRepair(refit, examination, { by: WORKER, at: CLOCK.now() });
  const run = { ...refit, epoch, reuse };
  const own = { run, signal: new AbortController().signal, emit: () => {} };
  await repairFiles(stageContext(testServices(children), own), examination, {
    relist: async function* () {},
  });
  const { error } = await executeEpoch(refit, { epoch, reuse, children });
  assert.equal(error, undefined);
}

test('lost features of a refit are taken from its source again: no image is read', async (t) => {
  const both = await refitted(t);
  const { refit, source } = both;
  await rm(source.imagesFolder, { recursive: true });
  await flip(refit.folder, features(0));
  await rm(join(refit.folder, features(1)));
  await rm(join(refit.folder, 'commits/part-00001.json'));
  const children = fakeChildren();
  await repair(both, children);
  assert.deepEqual(children.asked, []);
  assert.deepEqual(faultsOf(await examine(refit)), []);
  assert.deepEqual(await promisedHashes(refit.store), both.expected);
});

test('a source with other, damaged or no features is told from one that has them', async (t) => {
  const { reuse, source } = await refitted(t);
  const known = (await promisedHashes(source.store))[features(1)];
  const lost = [0, 1].map((partition) => ({ partition, sha256: partition === 1 ? known : undefined }));
  assert.equal(await missingInSource(reuse, lost), undefined);
  assert.equal(await missingInSource(reuse, [{ partition: 1, sha256: 'ab'.repeat(32) }]), 1);
  await flip(source.folder, 'sums/part-00001.sums');
  assert.equal(await missingInSource(reuse, lost), 1);
  await rm(join(source.folder, 'commits/part-00000.json'));
  assert.equal(await missingInSource(reuse, lost), 0);
});

test('features that only images prove wrong are not taken from a source with the same', async (t) => {
  const both = await refitted(t);
  const examination = await examine(both.refit);
  const fault = { severity: 'fault', file: features(0), what: 'Not those of the image.' } as const;
  const findings = [{ ...fault, partition: 0, repair: 'extract' as const }];
  const wrong = { ...examination, findings };
  const plan = planRepair(wrong, both.refit.manifest);
  assert.deepEqual(lostFeatures(plan, wrong, { partDigits: 5, goesOn: true }), { lost: [], images: true });
  const { epoch } = await openRepair(both.refit, wrong, { by: WORKER, at: CLOCK.now() });
  const children = fakeChildren();
  const own = {
    run: { ...both.refit, epoch, reuse: both.reuse },
    signal: new AbortController().signal,
    emit: () => {},
  };
  await repairFiles(stageContext(testServices(children), own), wrong, { relist: async function* () {} });
  assert.equal(children.inferred('image a/00.jpg'), 1);
});

/** Stops a run after its first partition. */
async function stopped(t: TestContext): Promise<TestRun> {
  const run = await testRun(t, FILES, { extraction: { partitions: 6 } });
  await run.execute({
    finish: LENIENT,
    seen: (event, executor) => {
      if (event.type === 'partition:done') void executor.close();
    },
  });
  return run;
}

test('a repair of a run that was only stopped does not go on, nor does the next one after it', async (t) => {
  const run = await stopped(t);
  assert.equal(goesToItsEnd(await examine(run)), false);
  await openRepair(run, await examine(run), { by: WORKER, at: CLOCK.now() });
  const after = await examine(run);
  assert.equal(after.epoch?.cause, 'repair');
  assert.equal(goesToItsEnd(after), false);
});

test('a stopped repair goes on where nothing is left to extract', async (t) => {
  const run = await testRun(t, FILES, { extraction: { partitions: 3 } });
  await run.execute({ finish: LENIENT });
  assert.equal(goesToItsEnd(await examine(run)), true);
  for (const file of ['_SUCCESS', 'pca/model.json', 'pca/labels.json', 'commits/part-00001.json']) {
    await rm(join(run.folder, file));
  }
  assert.equal(goesToItsEnd(await examine(run)), false, 'that is how a run looks that was never finished');
  await openRepair(run, await examine(run), { by: WORKER, at: CLOCK.now() });
  assert.equal(goesToItsEnd(await examine(run)), true);
  await rm(join(run.folder, features(1)));
  assert.equal(goesToItsEnd(await examine(run)), false, 'its images would be extracted');
});
