import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

const source = new URL('./need-dev.js', import.meta.url);

test('without development dependencies the build says how to install them', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'verger-need-dev-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, 'tools'));
  copyFileSync(source, join(folder, 'tools/need-dev.js'));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  const ask = () => spawnSync(process.execPath, ['tools/need-dev.js'], { cwd: folder, encoding: 'utf8' });
  const refused = ask();
  assert.equal(refused.status, 1);
  assert.match(refused.stderr, /typescript, tsx[\s\S]*npm ci --include=dev/);
  for (const name of ['typescript', 'tsx']) {
    mkdirSync(join(folder, 'node_modules', name), { recursive: true });
    writeFileSync(join(folder, 'node_modules', name, 'package.json'), '{}');
  }
  assert.deepEqual([ask().status, ask().stderr], [0, '']);
});

test('it stands before each script that a newcomer starts with: .npmrc turns `pre` scripts off', () => {
  const { scripts } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    scripts: Record<string, string>;
  };
  for (const name of ['build', 'check', 'test']) {
    assert.match(scripts[name] ?? '', /^node tools\/need-dev\.js && /);
  }
  assert.match(scripts['demo'] ?? '', /npm run --silent build/);
});
