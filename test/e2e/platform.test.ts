import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { cli, TRIAL, temporaryFolder } from '../fixtures/cli.ts';
import { plantOrchard } from '../fixtures/images.ts';
import { assertRefused } from '../fixtures/refused.ts';

test('a machine on which native libraries cannot be loaded is E_PLATFORM, with the reason', async () => {
  const { folder, remove } = await temporaryFolder();
  try {
    await plantOrchard(join(folder, 'images'), { kinds: 1, views: 2 });
    const old = join(folder, 'old-system.mjs');
    await writeFile(
      old,
      `process.dlopen = () => {
         throw Object.assign(new Error("version 'GLIBC_2.99' not found"), { code: 'ERR_DLOPEN_FAILED' });
       };`,
    );
    const words = ['run', join(folder, 'images'), '--output', join(folder, 'out'), ...TRIAL];
    const result = await cli(words, { cwd: folder, preload: pathToFileURL(old) });
    assertRefused(result, 'E_PLATFORM');
    assert.match(result.stderr, /GLIBC_2\.99/);
  } finally {
    await remove();
  }
});
