import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Storage } from '@verger/core';
import { prepareNetwork, UNTRAINED_SEED } from '@verger/features/weights';
import { fetchNetwork } from './weights.ts';

test('a network that is not that of the run is refused, also where its weights are', async () => {
  const { fingerprint } = await prepareNetwork({ kind: 'untrained', seed: UNTRAINED_SEED });
  const services = { cacheDir: null, preparer: { prepare: prepareNetwork } };
  const output = {} as Storage; // untrained weights are made, not read
  const fetched = await fetchNetwork({ fingerprint, output }, services);
  assert.deepEqual(fetched.fingerprint, fingerprint);
  const int8 = { ...fingerprint, precision: 'int8', calibrationSha256: 'c'.repeat(64) } as const;
  await assert.rejects(fetchNetwork({ fingerprint: int8, output }, services), {
    ...{ code: 'E_WEIGHTS_OTHER', message: /The run has the network \{.*"int8".*; this is \{/ },
  });
  const other = { ...fingerprint, weightsSha256: 'd'.repeat(64) };
  await assert.rejects(fetchNetwork({ fingerprint: other, output }, services), {
    ...{ code: 'E_WEIGHTS_OTHER', message: /weights of sha256 d{64}; these are/ },
  });
});
