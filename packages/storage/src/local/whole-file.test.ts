import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { sha256 } from '@verger/core';
import { isTaken, openWholeFile } from './whole-file.ts';

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'verger-whole-'));
});
after(() => rm(folder, { recursive: true, force: true }));

async function write(path: string, text: string, overwrite: boolean) {
  const file = await openWholeFile(path);
  try {
    for (const letter of text) await file.write(Buffer.from(letter));
    return { stored: await file.close(), outcome: await file.publish({ overwrite }) };
  } finally {
    await file.discard();
  }
}

test('a file has its name only when it is whole, and nothing is left beside it', async () => {
  const path = join(folder, 'new', 'a.bin');
  const file = await openWholeFile(path);
  await file.write(Buffer.from('half'));
  assert.equal(await isTaken(path), false);
  await file.discard();
  assert.deepEqual(await readdir(join(folder, 'new')), []);
  const { stored, outcome } = await write(path, 'whole', false);
  assert.equal(outcome, 'created');
  assert.deepEqual(stored, { sha256: sha256(Buffer.from('whole')), bytes: 5 });
  assert.deepEqual(await readdir(join(folder, 'new')), ['a.bin']);
});

test('a file that is there is kept, unless it is to be written over', async () => {
  const path = join(folder, 'kept.bin');
  await writeFile(path, 'old');
  assert.equal((await write(path, 'new', false)).outcome, 'exists');
  assert.equal(await readFile(path, 'utf8'), 'old');
  assert.equal((await write(path, 'new', true)).outcome, 'created');
  assert.equal(await readFile(path, 'utf8'), 'new');
});

test('a link to nothing is something of that name', async () => {
  const path = join(folder, 'dangling');
  await symlink(join(folder, 'nothing'), path);
  assert.equal(await isTaken(path), true);
  assert.equal((await write(path, 'new', false)).outcome, 'exists');
});

test('what cannot be written says so', async () => {
  await writeFile(join(folder, 'file'), '');
  await assert.rejects(openWholeFile(join(folder, 'file', 'below')), { code: 'E_OUTPUT_NOT_WRITABLE' });
  await mkdir(join(folder, 'taken.bin', 'inside'), { recursive: true });
  await assert.rejects(write(join(folder, 'taken.bin'), 'x', true), {
    code: /^E_OUTPUT_NOT_WRITABLE$|^E_STORAGE$/,
  });
});

test('a name as long as the file system allows can be written', async () => {
  // Of three bytes a letter: the temporary file's name would be longer, were this one a part of it.
  const path = join(folder, `${'果'.repeat(83)}.csv`);
  const { outcome } = await write(path, 'whole', false);
  assert.equal(outcome, 'created');
});

test('a name of the user that the file system cannot hold is no fault of ours', async () => {
  await assert.rejects(write(join(folder, 'n'.repeat(300), 'a.bin'), 'x', false), {
    code: 'E_OUTPUT_NOT_WRITABLE',
  });
  await assert.rejects(isTaken(join(folder, `${'n'.repeat(300)}.bin`)), { code: 'E_OUTPUT_NOT_WRITABLE' });
});

test('a place where no folder can be made is E_OUTPUT_NOT_WRITABLE, not an endless loop', {
  skip: existsSync('/proc/self') ? false : 'there is no /proc here',
}, async () => {
  await assert.rejects(openWholeFile('/proc/verger/a/b.bin'), { code: 'E_OUTPUT_NOT_WRITABLE' });
});
