import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { readSecretFiles } from './secret-files.ts';

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'verger-secrets-'));
});
after(() => rm(folder, { recursive: true, force: true }));

async function secretFile(text: string | Uint8Array): Promise<string> {
  const path = join(folder, `secret-${Math.random()}`);
  await writeFile(path, text);
  return path;
}

const faultOf = async (env: Record<string, string>) => {
  try {
    await readSecretFiles(env);
  } catch (error) {
    return String(error);
  }
  return 'none';
};

test('a file gives the secret, without the line ends at its end', async () => {
  const url = 'redis://user: p@queue';
  for (const end of ['', '\n', '\r\n', '\n\n']) {
    const env = { VERGER_REDIS_URL_FILE: await secretFile(`${url}${end}`), HOME: '/h' };
    assert.deepEqual(await readSecretFiles(env), { ...env, VERGER_REDIS_URL: url });
  }
});

test('without such a variable, or with an empty one, the environment is as it was', async () => {
  const env = { VERGER_REDIS_URL: 'redis://queue', VERGER_REDIS_URL_FILE: '' };
  assert.deepEqual(await readSecretFiles(env), env);
});

test('a secret and its file at once, and files without one, are refused, showing none', async () => {
  const path = await secretFile('redis://user:hunter2@queue');
  const both = await faultOf({ VERGER_REDIS_URL: 'redis://user:hunter3@queue', VERGER_REDIS_URL_FILE: path });
  assert.match(both, /VERGER_REDIS_URL_FILE \(environment\): VERGER_REDIS_URL is set as well/);
  assert.doesNotMatch(both, /hunter/);
  for (const [file, words] of [
    [await secretFile('\n'), /is empty/],
    [await secretFile(new Uint8Array(65 * 1024).fill(65)), /too large/],
    ['/dev/zero', /too large/],
    [await secretFile(new Uint8Array([0xff, 0xfe])), /cannot be read/],
    [join(folder, 'nowhere'), /cannot be read: ENOENT/],
    [folder, /cannot be read: EISDIR/],
  ] as const) {
    assert.match(await faultOf({ VERGER_REDIS_URL_FILE: file }), words);
  }
});
