import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { removeEmptyFolders, removeEmptyTemporaries } from './empty-folders.ts';

test('only empty folders go, and the root only when nothing is left in it', async (t) => {
  const place = await mkdtemp(join(tmpdir(), 'verger-empty-'));
  t.after(() => rm(place, { recursive: true }));
  const root = join(place, 'run');
  for (const name of ['sums/0003/deep', 'features', '.tmp', 'other'])
    await mkdir(join(root, name), { recursive: true });
  await writeFile(join(root, 'features/mine.txt'), 'x');
  await symlink(join(place), join(root, 'commits'));
  assert.equal(await removeEmptyFolders(root, ['sums', 'features', 'commits', 'missing']), false);
  assert.deepEqual((await readdir(root)).sort(), ['commits', 'features', 'other']);
  await rm(join(root, 'features'), { recursive: true });
  await rm(join(root, 'commits'));
  assert.equal(await removeEmptyFolders(root, ['other'], { keepRoot: true }), false);
  assert.deepEqual(await readdir(root), []);
  assert.equal(await removeEmptyFolders(root, []), true);
  await assert.rejects(stat(root), { code: 'ENOENT' });
});

test('the folder of temporary files goes only when it is empty; none is no error', async (t) => {
  const root = await mkdtemp(join(tmpdir(), 'verger-empty-'));
  t.after(() => rm(root, { recursive: true }));
  await mkdir(join(root, '.tmp'));
  await writeFile(join(root, '.tmp/1-x'), 'half');
  await removeEmptyTemporaries(root);
  assert.deepEqual(await readdir(root), ['.tmp']);
  await rm(join(root, '.tmp/1-x'));
  await removeEmptyTemporaries(root);
  assert.deepEqual(await readdir(root), []);
  await removeEmptyTemporaries(root);
  await removeEmptyTemporaries('s3://bucket/prefix');
});
