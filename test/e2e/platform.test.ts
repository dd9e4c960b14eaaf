import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { NATIVE_SETTINGS } from '@verger/runtime';
import { cli, TRIAL, temporaryFolder } from '@verger/testkit/cli';
import { plantOrchard } from '@verger/testkit/images';
import { assertRefused } from '@verger/testkit/refused';

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

test('a user without a home folder works unless a cache is needed; E_CONFIG says so', async () => {
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
    assert.match(neither.stderr, /pass --cache FOLDER or set VERGER_CACHE/);
    assertRefused(bucket, 'E_S3_UNREACHABLE');
  } finally {
    await remove();
  }
});

test('a temporary folder that cannot be written: the listing names TMPDIR', async () => {
  const { folder, remove } = await temporaryFolder();
  try {
    await plantOrchard(join(folder, 'images'), { kinds: 1, views: 2 });
    const plan = ['plan', join(folder, 'images'), '--output', join(folder, 'out'), '--no-measure'];
    const refused = await cli([...plan, '--weights', 'untrained'], { env: { TMPDIR: '/proc' } });
    assertRefused(refused, 'E_TEMPORARY_FOLDER');
    assert.match(refused.stderr, /Set TMPDIR/);
  } finally {
    await remove();
  }
});

/** libvips reads its variables when it is loaded, so a process of its own decodes. */
const FEATURES_SHARP = createRequire(import.meta.resolve('@verger/features')).resolve('sharp');
const DECODE = `
  const { decodeImage } = await import(${JSON.stringify(import.meta.resolve('@verger/features'))});
  const { default: sharp } = await import(${JSON.stringify(FEATURES_SHARP)});
  const canvas = { width: 6000, height: 6000, channels: 3, background: '#345' };
  const decoded = await decodeImage(await sharp({ create: canvas }).webp({ effort: 0 }).toBuffer());
  console.log(decoded.ok ? 'pixels' : decoded.code);`;

test('a WebP of 36 million pixels is decoded without a temporary folder', () => {
  const decoded = (settings: object) =>
    spawnSync(process.execPath, [...process.execArgv, '--input-type=module', '-e', DECODE], {
      env: { PATH: process.env['PATH'], TMPDIR: '/proc', ...settings },
      encoding: 'utf8',
    });
  const { stdout, stderr } = decoded(NATIVE_SETTINGS);
  assert.equal(stdout.trim(), 'pixels', stderr);
});
