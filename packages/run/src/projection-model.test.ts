import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openLocalStorage } from '@verger/storage';
import { encodeProjection } from '@verger/tables';
import { faultyStorage } from '@verger/testkit/faulty-storage';
import { projectionRows } from '@verger/testkit/rows';
import { temporaryFolder } from '@verger/testkit/run-harness';
import { modelNamedBy } from './projection-model.ts';

const MODEL = 'ab'.repeat(32);

test('the model of a projection is named by one small read, whatever its size', async (t) => {
  const store = openLocalStorage(await temporaryFolder(t));
  await store.create('x', encodeProjection(projectionRows(200, 40), { modelSha256: MODEL }));
  const watched = faultyStorage(store, {});
  assert.equal(await modelNamedBy(watched, 'x'), MODEL);
  assert.equal(watched.calls.length, 1);
});

test('a footer that is longer than what was read is read whole', async (t) => {
  const store = openLocalStorage(await temporaryFolder(t));
  await store.create('x', encodeProjection(projectionRows(3, 2), { modelSha256: MODEL }));
  let reads = 0;
  const short = {
    ...store,
    read: (key: string, options: { lastBytes?: number } = {}) => {
      reads += 1;
      return store.read(key, reads === 1 ? { lastBytes: 16 } : options);
    },
  };
  assert.equal(await modelNamedBy(short, 'x'), MODEL);
  assert.equal(reads, 2);
});

test('what is missing, cut or no projection names no model', async (t) => {
  const store = openLocalStorage(await temporaryFolder(t));
  const whole = encodeProjection(projectionRows(3, 2), { modelSha256: MODEL });
  await store.create('cut', whole.subarray(0, whole.length - 5));
  await store.create('other', Buffer.from('{}'));
  for (const file of ['missing', 'cut', 'other']) assert.equal(await modelNamedBy(store, file), undefined);
});
