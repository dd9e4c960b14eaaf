import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeFolder } from './make-folder.ts';

test('a folder and those above it are made, those that are there stay', async (t) => {
  const outer = await mkdtemp(join(tmpdir(), 'verger-make-'));
  t.after(async () => await rm(outer, { recursive: true, force: true }));
  for (const name of ['a/b/c', 'a/b/c', 'a/d']) {
    await makeFolder(join(outer, name));
    assert.ok((await stat(join(outer, name))).isDirectory());
  }
  await writeFile(join(outer, 'file'), '');
  await assert.rejects(makeFolder(join(outer, 'file/a/b')), { code: 'ENOTDIR' });
});

test('a file system that answers every new folder with ENOENT is an error, not an endless loop', {
  skip: existsSync('/proc/self') ? false : 'there is no /proc here',
}, async () => {
  await assert.rejects(makeFolder('/proc/verger/a'), { code: 'ENOENT' });
});
