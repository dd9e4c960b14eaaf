import assert from 'node:assert/strict';
import { test } from 'node:test';
import { prepareNetwork, UNTRAINED_SEED } from '@verger/features/weights';
import { startPreparer } from './prepare-apart.ts';

test('the network that is made apart is the one that is made here', async () => {
  const source = { kind: 'untrained', seed: UNTRAINED_SEED } as const;
  const [there, here] = [await startPreparer().prepare(source), await prepareNetwork(source)];
  assert.deepEqual(there.fingerprint, here.fingerprint);
  assert.ok(Buffer.from(there.network).equals(here.network));
});

test('an error that comes from there has its code, place and detail', async () => {
  const source = { kind: 'file', path: '/nowhere/weights.h5', custom: false } as const;
  const here = await prepareNetwork(source).catch((error: unknown) => error as Error);
  await assert.rejects(startPreparer().prepare(source), {
    ...{ name: 'VergerError', code: 'E_WEIGHTS_MISSING', place: { path: '/nowhere/weights.h5' } },
    message: (here as Error).message,
  });
});

test('a process that ended before it was asked is told of', async () => {
  const preparer = startPreparer();
  preparer.close();
  const source = { kind: 'untrained', seed: UNTRAINED_SEED } as const;
  await assert.rejects(preparer.prepare(source), { name: 'VergerError', code: 'E_CHILD_START' });
});
