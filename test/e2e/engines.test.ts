import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Commit } from '@verger/core';
import { decodeFeatures } from '@verger/tables';
import { cli, jsonOf, TRIAL, temporaryFolder } from '@verger/testkit/cli';
import { plantOrchard } from '@verger/testkit/images';
import { filesUnder } from '@verger/testkit/run-folder';

const ONE = ['--processes', '1'];

/** Rows and numeric class of the one partition of a run. */
async function partitionOf(location: string) {
  const [features = '', commit = ''] = ['features', 'commits'].map((folder) => {
    const [name = ''] = filesUnder(join(location, folder));
    return join(location, folder, name);
  });
  const { rowsDigest, numericClass } = JSON.parse(await readFile(commit, 'utf8')) as Commit;
  return { numericClass, ...(await decodeFeatures(await readFile(features), rowsDigest)) };
}

test('--engine reaches the children: the same run and features, another numeric class; verify takes either', async () => {
  const { folder, remove } = await temporaryFolder();
  try {
    const images = join(folder, 'images');
    await plantOrchard(images, { kinds: 2, views: 2 });
    const run = async (name: string, env: Record<string, string>) => {
      const args = ['run', images, '--output', join(folder, name), ...TRIAL, ...ONE, '--json'];
      return jsonOf<{ runId: string; location: string }>(await cli(args, { env }));
    };
    const ours = await run('onnxruntime', {});
    const other = await run('tfjs', { VERGER_ENGINE: 'tfjs' });
    assert.equal(other.runId, ours.runId, 'the engine is no part of the run id');
    const [own, theirs] = [await partitionOf(ours.location), await partitionOf(other.location)];
    assert.notEqual(theirs.numericClass, own.numericClass);
    const most = own.features.reduce(
      (so, value, at) => Math.max(so, Math.abs(value - theirs.features[at]!)),
      0,
    );
    assert.ok(most > 0 && most < 2e-4, `features differ by ${most}`);

    const again = ['verify', ours.location, '--recompute', '4', '--weights', 'untrained', ...ONE];
    const verified = await cli([...again, '--engine', 'tfjs']);
    assert.equal(verified.code, 0, verified.stderr);
    assert.match(verified.stdout, /recomputed +4 images, 0 of them bit for bit/);
  } finally {
    await remove();
  }
});

test('an engine that is not installed ends the command before a run is made', async () => {
  const { folder, remove } = await temporaryFolder();
  try {
    const images = join(folder, 'images');
    await plantOrchard(images, { kinds: 1, views: 1 });
    const output = join(folder, 'results');
    const asked = ['--engine', 'tfjs-node', '--tfjs-node', folder];
    const refused = await cli(['run', images, '--output', output, ...TRIAL, ...ONE, ...asked]);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /E_ENGINE_MISSING: .* There is no @tensorflow\/tfjs-node in /);
    assert.match(refused.stderr, /npm install @tensorflow\/tfjs-node/);
    assert.equal(existsSync(output), false);
    const checked = await cli(['doctor', ...asked]);
    assert.equal(checked.code, 1);
    assert.match(checked.stdout, /NO {2}engine +E_ENGINE_MISSING/);
  } finally {
    await remove();
  }
});
