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

test('a user without a home folder works where --cache, or nothing of it, is needed; else E_CONFIG names it', async () => {
  const { folder, remove } = await temporaryFolder();
  try {
    await plantOrchard(join(folder, 'images'), { kinds: 1, views: 2 });
    const homeless = join(folder, 'homeless.mjs');
    await writeFile(
      homeless,
      `import os from 'node:os'; import { syncBuiltinESMExports } from 'node:module';
       os.homedir = () => { throw new Error('uv_os_homedir returned ENOENT'); };
       syncBuiltinESMExports();`,
    );
    const env = { HOME: '', AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b', AWS_REGION: 'x' };
    const preload = pathToFileURL(homeless);
    const verger = (...words: string[]) => cli(words, { cwd: folder, env, preload });
    const plan = ['plan', join(folder, 'images'), '--output', join(folder, 'out'), '--no-measure'];
    const [trial, cached, neither, bucket] = await Promise.all([
      verger(...plan, '--weights', 'untrained'),
      verger(...plan, '--cache', folder),
      verger('weights'),
      verger('list', 's3://bucket', '--s3-endpoint', 'http://127.0.0.1:1'),
    ]);
    assert.equal(trial.code, 0, trial.stderr);
    assert.equal(cached.code, 0, cached.stderr);
    assertRefused(neither, 'E_CONFIG');
    assert.match(neither.stderr, /--cache FOLDER or VERGER_CACHE/);
    assertRefused(bucket, 'E_S3_UNREACHABLE');
  } finally {
    await remove();
  }
});
