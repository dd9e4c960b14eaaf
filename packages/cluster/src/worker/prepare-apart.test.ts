import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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

test('a file that is not read within the limit is E_WEIGHTS_CORRUPT, and its process is ended', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'verger-prepare-'));
  t.after(() => rm(folder, { recursive: true }));
  const path = join(folder, 'weights.h5');
  execFileSync('mkfifo', [path]); // nobody writes into it
  const preparer = startPreparer({ timeLimitMs: 100 });
  await assert.rejects(preparer.prepare({ kind: 'file', path, custom: false }), {
    code: 'E_WEIGHTS_CORRUPT',
    message: /longer than 0\.1 s/,
  });
});
