import assert from 'node:assert/strict';
import fs from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { spoolListing } from './spool.ts';

async function* noImages(): AsyncGenerator<never> {}

const eio = () => Promise.reject(Object.assign(new Error('EIO'), { code: 'EIO' }));

test('a spool whose file does not close well is disposed of all the same', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'verger-spool-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const { open } = fs.promises;
  let closed = 0;
  const opening = t.mock.method(fs.promises, 'open', async (...words: Parameters<typeof open>) => {
    const handle = await open(...words);
    const close = handle.close.bind(handle);
    handle.close = async () => {
      closed += 1;
      await close();
      return await eio();
    };
    return handle;
  });
  syncBuiltinESMExports();
  try {
    await (await spoolListing(noImages(), folder)).dispose();
    const unlinking = t.mock.method(fs.promises, 'unlink', eio);
    syncBuiltinESMExports();
    await assert.rejects(spoolListing(noImages(), folder), { code: 'E_STORAGE' });
    unlinking.mock.restore();
  } finally {
    opening.mock.restore();
    syncBuiltinESMExports();
  }
  assert.equal(closed, 2);
  assert.equal((await readdir(folder)).length, 1, 'only what could not be unlinked is left');
});
