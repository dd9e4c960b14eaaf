import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { isDebug, readConfigFile, readEnvironment } from './config.ts';

async function inFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'verger-config-'));
  try {
    await body(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

test('no file is undefined; a file is its JSON, with or without a byte order mark', () =>
  inFolder(async (folder) => {
    assert.equal(await readConfigFile(folder), undefined);
    const file = join(folder, 'verger.config.json');
    await writeFile(file, '{ "variance": 0.9 }\n');
    assert.deepEqual(await readConfigFile(folder), { variance: 0.9 });
    await writeFile(file, '\uFEFF{ "variance": 0.8 }\r\n');
    assert.deepEqual(await readConfigFile(folder), { variance: 0.8 });
  }));

test('bad JSON is E_CONFIG with line and column, and names the file', () =>
  inFolder(async (folder) => {
    const location = join(folder, 'verger.config.json');
    await writeFile(location, '{\n  "variance": 0.9,\n}\n');
    await assert.rejects(readConfigFile(folder), {
      code: 'E_CONFIG',
      place: { location },
      detail: 'verger.config.json, line 3, column 1: this is not JSON (found "}").',
    });
  }));

test('a file that cannot be read is E_CONFIG', () =>
  inFolder(async (folder) => {
    await mkdir(join(folder, 'verger.config.json'));
    await assert.rejects(readConfigFile(folder), { code: 'E_CONFIG', detail: /EISDIR/ });
  }));

test('the environment is a copy', () => {
  const env = readEnvironment();
  assert.equal(env['PATH'], process.env['PATH']);
  env['VERGER_NOT_THERE'] = 'x';
  assert.equal(readEnvironment()['VERGER_NOT_THERE'], undefined);
});

test('VERGER_DEBUG', () => {
  const cases = [
    ['1', true],
    ['yes', true],
    ['0', false],
    ['false', false],
    ['', false],
    [undefined, false],
  ] as const;
  for (const [value, debug] of cases) assert.equal(isDebug({ VERGER_DEBUG: value }), debug);
});
