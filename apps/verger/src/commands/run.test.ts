import assert from 'node:assert/strict';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { copiedListing, createRun, openEpoch, planRefit, readEpoch, readSuccess } from '@verger/run';
import { openLocalStorage } from '@verger/storage';
import { call } from '@verger/testkit/call';
import { fakeChildren } from '@verger/testkit/fake-children';
import { FINISH, goodImages, PCA, testRun, WORKER } from '@verger/testkit/run-harness';
import { resume } from './run.ts';

test('a run is not resumed with other weights than its own', async (t) => {
  const run = await testRun(t, goodImages(2));
  const { error } = await call(resume, [run.folder]);
  assert.equal(error?.code, 'E_WEIGHTS_OTHER');
  assert.match(error.message, new RegExp(run.manifest.fingerprint.weightsSha256));
});

test('a refit is resumed by this process, although a queue is named', async (t) => {
  const source = await testRun(t, goodImages(6), { extraction: { partitions: 2 } });
  // Its sums go on to real children.
  const children = fakeChildren({ wide: true });
  assert.equal((await source.execute({ children })).verdict, 'ok');
  const manifest = planRefit(source.manifest, { pca: { ...PCA, variance: null, components: 1 }, name: null });
  const store = openLocalStorage(join(dirname(source.folder), manifest.runId));
  await createRun(store, manifest, copiedListing(source));
  const { runId, identity } = source.manifest;
  const reuse = { location: source.folder, runId, identity, whole: true };
  await openEpoch(store, { cause: 'run', finish: FINISH, reuse, by: WORKER, at: 'now' });

  // Nobody listens there.
  const flags = { redis: 'redis://127.0.0.1:1', processes: '1' };
  const { code, error, notes } = await call(resume, [store.describe()], { flags });
  assert.deepEqual([code, error], [0, undefined]);
  assert.match(notes, /note: a refit runs in this process, not on workers/);
  assert.equal((await readSuccess(store))?.verdict, 'ok');
  assert.equal((await readEpoch(store))?.queue, undefined);
});
