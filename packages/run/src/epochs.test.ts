import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { epochFile, type LeftOut, type Storage } from '@verger/core';
import { openLocalStorage } from '@verger/storage';
import { faultyStorage, storageFault } from '@verger/testkit/faulty-storage';
import { FINISH, temporaryFolder, WORKER } from '@verger/testkit/run-harness';
import {
  mergeFinish,
  newestEpoch,
  openEpoch,
  readEpoch,
  readEpochs,
  readLeftOut,
  requireEpoch,
} from './epochs.ts';

const folder = async (t: TestContext) => openLocalStorage(await temporaryFolder(t));
const open = (store: Storage, change: Partial<Parameters<typeof openEpoch>[1]> = {}) =>
  openEpoch(store, { cause: 'run', finish: FINISH, by: WORKER, at: 'now', ...change });

const LEFT_OUT: LeftOut = {
  ...{ endings: {}, otherEndings: 0, noEnding: 0, hiddenFiles: 1, hiddenFolders: 0, hiddenFolderFiles: 0 },
  ...{ linkedFolders: 0, linkLoops: 0, linkRepeats: 0, linksOut: 0, linksToNothing: 0 },
};

test('before the first submission there is no epoch', async (t) => {
  const store = await folder(t);
  assert.equal(await newestEpoch(store), 0);
  assert.equal(await readEpoch(store), undefined);
  assert.deepEqual(await readEpochs(store), []);
  assert.equal(await readLeftOut(store, 0), undefined);
  const place = { location: `${store.describe()}/epochs/` };
  await assert.rejects(requireEpoch(store), { code: 'E_RUN_CORRUPT', place });
});

test('epochs count from 1, and the newest by number is the one that counts', async (t) => {
  const store = await folder(t);
  const first = await open(store);
  const second = await open(store, { cause: 'resume', queue: 'redis://x' });
  assert.deepEqual([first.epoch, second.epoch, second.queue], [1, 2, 'redis://x']);
  assert.deepEqual(await requireEpoch(store), second);
  assert.deepEqual(await readEpochs(store), [first, second]);
  const tenth = epochFile(10);
  await store.create(tenth, Buffer.from('{}'));
  assert.equal(await newestEpoch(store), 10);
  await assert.rejects(readEpoch(store), {
    code: 'E_RUN_CORRUPT',
    place: { location: `${store.describe()}/${tenth}` },
  });
  assert.equal((await open(store, { strict: true })).epoch, 11);
});

test('the newest epoch is that of the largest number, whatever the order of the names', async (t) => {
  const store = await folder(t);
  for (const epoch of [9999, 10_000]) await store.create(epochFile(epoch), Buffer.from('{}'));
  assert.equal(await newestEpoch(store), 10_000);
});

test('of two submissions at once, each has an epoch of its own', async (t) => {
  const store = await folder(t);
  const epochs = await Promise.all([open(store), open(store), open(store)]);
  assert.deepEqual(epochs.map(({ epoch }) => epoch).sort(), [1, 2, 3]);
});

test('one numeric class, once asked for, is kept', async (t) => {
  const store = await folder(t);
  assert.equal((await open(store)).strict, undefined);
  assert.equal((await open(store, { strict: true })).strict, true);
  assert.equal((await open(store)).strict, true);
});

test('what was left out is that of the newest listing whose record is whole', async (t) => {
  const store = await folder(t);
  const older = { ...LEFT_OUT, hiddenFiles: 7 };
  await open(store, { leftOut: older });
  await open(store, { leftOut: LEFT_OUT });
  await open(store);
  assert.deepEqual(await readLeftOut(store, 3), LEFT_OUT);
  assert.deepEqual(await readLeftOut(store, 1), older);
  await store.replace(epochFile(2), Buffer.from('{}'));
  assert.deepEqual(await readLeftOut(store, 3), older);
  const broken = faultyStorage(store, {
    before: () => {
      throw storageFault();
    },
  });
  await assert.rejects(readLeftOut(broken, 3), { code: 'E_STORAGE' });
});

test('what finish makes stays as it was asked for, but for what is asked for now', () => {
  const earlier = { ...FINISH, csv: true, withImages: true, maxBad: 0.2 };
  const wanted = { ...FINISH, maxBad: 0.5 };
  assert.deepEqual(mergeFinish(undefined, wanted), wanted);
  assert.deepEqual(mergeFinish(earlier, wanted), { ...earlier, maxBad: 0.5 });
  assert.deepEqual(mergeFinish(earlier, { ...wanted, csv: true }), { ...wanted, csv: true });
  assert.deepEqual(mergeFinish(earlier, wanted, { csv: false, maxBad: false }), earlier);
  assert.deepEqual(mergeFinish(earlier, wanted, { csv: true, maxBad: false }), { ...wanted, maxBad: 0.2 });
});
