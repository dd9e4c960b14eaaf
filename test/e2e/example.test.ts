import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { runProgram } from '@verger/testkit/built';
import { temporaryFolder } from '@verger/testkit/cli';
import { EXAMPLE_PRINTS, plantOrchard } from '@verger/testkit/images';

const EXAMPLE = fileURLToPath(new URL('../../examples/run-images.ts', import.meta.url));
/** As this test runs itself: with tsx, as one would start it by hand, it and its children take 2 s more. */
const LOADER = process.execArgv.find((word) => word.endsWith('/stripped-loader.js'));
const FROM_SOURCE = ['--import', LOADER ?? import.meta.resolve('tsx/esm'), '--conditions=verger-source'];

test('the example drives a run from TypeScript: start, events, result', async () => {
  const { folder, remove } = await temporaryFolder();
  try {
    await plantOrchard(join(folder, 'photos'), { kinds: 2, views: 2 });
    const words = ['photos', 'results', 'untrained'];
    const how = { cwd: folder, env: { VERGER_PROCESSES: '1' } };
    const run = await runProgram(process.execPath, [...FROM_SOURCE, EXAMPLE, ...words], how);
    assert.deepEqual([run.code, run.stderr], [0, '']);
    assert.match(run.stdout, EXAMPLE_PRINTS);
  } finally {
    await remove();
  }
});
