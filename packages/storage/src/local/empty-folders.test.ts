import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { removeEmptyFolders } from './empty-folders.ts';

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
