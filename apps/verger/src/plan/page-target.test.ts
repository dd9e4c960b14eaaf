import assert from 'node:assert/strict';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { ERRORS, RUN_FILES, VergerError } from '@verger/core';
import { openStorage } from '@verger/storage';
import { temporaryFolder } from '@verger/testkit/run-harness';
import { pageTarget } from './page-target.ts';

test('a page replaces no file without force, but the own page of its run', async (t) => {
  const cwd = await temporaryFolder(t);
  const run = join(cwd, 'run');
  const own = join(run, RUN_FILES.htmlReport);
  await mkdir(run);
  await mkdir(join(cwd, 'folder.html'));
  for (const file of [own, join(cwd, 'old.html'), join(cwd, 'notes.txt')]) await writeFile(file, 'mine');
  await symlink('old.html', join(cwd, 'link.html'));
  const target = async (words: string, force = false) =>
    await pageTarget(words, { cwd, store: openStorage(run), force });
  const refused = async (words: string, code: string, detail: RegExp, force = false) =>
    await assert.rejects(target(words, force), (error) => {
      assert.ok(error instanceof VergerError, String(error));
      assert.equal(error.code, code, words);
      assert.match(error.message, detail);
      assert.doesNotMatch(`${error.message} ${ERRORS[error.code].next}`, /--output/);
      return true;
    });
  assert.deepEqual(await target('new.HTM'), { file: join(cwd, 'new.HTM'), overwrite: false });
  assert.deepEqual(await target('run/report.html'), { file: own, overwrite: true });
  assert.deepEqual(await target('old.html', true), { file: join(cwd, 'old.html'), overwrite: true });
  await refused('old.html', 'E_OUTPUT_EXISTS', /./);
  await refused('link.html', 'E_OUTPUT_EXISTS', /./);
  await refused(
    'link.html',
    'E_USAGE',
    /can replace a regular file only; link\.html is something else/,
    true,
  );
  await refused('notes.txt', 'E_USAGE', /name of --html must end in \.html or \.htm/, true);
  await refused('run', 'E_USAGE', /not a folder: run\/report\.html, for example/, true);
  await refused('folder.html', 'E_USAGE', /must be a file, not a folder/, true);
  await refused('new/', 'E_USAGE', /not a folder: new\/report\.html/);
  await refused('s3://bucket/page.html', 'E_USAGE', /--html must be a file on this machine/);
  await refused('run/other.html', 'E_OUTPUT_INSIDE_RUN', /./, true);
});
