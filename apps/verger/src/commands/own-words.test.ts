import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { call } from '@verger/testkit/call';
import { goodImages, temporaryFolder, testRun } from '@verger/testkit/run-harness';
import { demo } from './demo.ts';
import { exportTable } from './export.ts';
import { weights } from './weights.ts';

test('demo refuses a wrong option before it draws anything', async (t) => {
  const output = join(await temporaryFolder(t), 'demo');
  const { error } = await call(demo, [], { flags: { output, limit: '0' } });
  assert.equal(error?.code, 'E_CONFIG');
  assert.equal(existsSync(output), false);
});

test('untrained weights have no file to show: that is a fault of the command line', async () => {
  const { error } = await call(weights, [], { flags: { weights: 'untrained' } });
  assert.equal(error?.code, 'E_USAGE');
  assert.match(error.message, /made from a seed: there is no file to show/);
});

test('export says how pandas reads the columns that are in the table', async (t) => {
  const run = await testRun(t, goodImages(3));
  await run.execute();
  const folder = await temporaryFolder(t);
  const hintOf = async (what: string) => {
    const flags = { output: join(folder, `${what}.csv`), what };
    const { printed } = await call(exportTable, [run.folder], { flags });
    return /converters=(\{.*\})/.exec(printed)?.[1];
  };
  assert.equal(await hintOf('projection'), '{"pca_features": json.loads}');
  assert.equal(await hintOf('features'), '{"features": json.loads}');
  assert.equal(await hintOf('both'), '{"features": json.loads, "pca_features": json.loads}');
});
