import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { SHARED_FILES, sha256 } from '@verger/core';
import { openLocalStorage } from '@verger/storage';
import { FINGERPRINT } from '@verger/testkit/rows';
import { temporaryFolder } from '@verger/testkit/run-harness';
import { fetchPublishedWeights } from './published-weights.ts';

test('published weights are fetched whole or not at all, and leave nothing behind', async (t) => {
  const output = openLocalStorage(await temporaryFolder(t));
  const bytes = new Uint8Array([1, 2, 3]);
  const fingerprint = { ...FINGERPRINT, weightsKind: 'imagenet', weightsSha256: sha256(bytes) } as const;
  assert.equal(await fetchPublishedWeights(output, fingerprint), undefined);
  await output.create(SHARED_FILES.weights(fingerprint.weightsSha256), bytes);
  const file = await fetchPublishedWeights(output, fingerprint);
  assert.ok(file !== undefined);
  assert.deepEqual(new Uint8Array(readFileSync(file.path)), bytes);
  await file.remove();
  assert.ok(!existsSync(file.path));
  assert.equal(await fetchPublishedWeights(output, { ...fingerprint, weightsKind: 'untrained' }), undefined);
  await output.replace(SHARED_FILES.weights(fingerprint.weightsSha256), new Uint8Array([1, 2]));
  assert.equal(await fetchPublishedWeights(output, fingerprint), undefined);
});
