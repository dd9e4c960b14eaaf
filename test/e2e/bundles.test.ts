import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { runProgram } from '@verger/testkit/built';
import { temporaryFolder } from '@verger/testkit/cli';

const BIN = fileURLToPath(new URL('../../apps/verger/bin/verger.js', import.meta.url));

test('with VERGER_DEBUG a stack of the bundles names files of the sources', async (t) => {
  const { folder, remove } = await temporaryFolder();
  t.after(remove);
  const weights = join(folder, 'damaged.h5');
  await writeFile(weights, 'no weights');
  const args = [BIN, 'weights', '--weights', weights];
  const stderrOf = async (env: Record<string, string>) =>
    (await runProgram(process.execPath, args, { cwd: folder, env: { HOME: folder, ...env } })).stderr;
  assert.match(await stderrOf({ VERGER_DEBUG: '1' }), /features\/src\/weights\/prepare\.ts:\d+/);
  assert.doesNotMatch(await stderrOf({}), /prepare\.ts|chunk-/);
});
