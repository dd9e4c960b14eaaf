import assert from 'node:assert/strict';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { cancelFile, RUN_FILES, runState, VergerError } from '@verger/core';
import { faultyStorage } from '@verger/testkit/faulty-storage';
import { goodImages, keysOf, testRun } from '@verger/testkit/run-harness';
import { markRunCancelled } from './cancel.ts';
import { readManifest } from './manifest.ts';
import { readRunFolder, removeRunFiles } from './remove-run.ts';
import { readStatus } from './status.ts';

const PATIENT = new AbortController().signal;

test('every file of a finished, once cancelled, once failed run is known and removed', async (t) => {
  const run = await testRun(
    t,
    { ...goodImages(6), 'b/1.jpg': 'BAD:E_IMG_DECODE' },
    { extraction: { partitions: 3 } },
  );
  const failing = faultyStorage(run.store, {
    before: async ({ key }) => {
      if (key === 'sums/part-00000.sums') throw new VergerError('E_OUTPUT_FULL');
    },
  });
  assert.equal((await run.execute({ store: failing })).error?.code, 'E_OUTPUT_FULL');
  await run.store.create(cancelFile(1), new Uint8Array(0));
  assert.equal((await run.execute({ finish: { csv: true, maxBad: 1 } })).verdict, 'ok');
  const folder = await readRunFolder(run.store);
  assert.deepEqual(folder.foreign, []);
  assert.equal(folder.files, (await keysOf(run.store)).length);
  assert.deepEqual(folder.groups[0], [RUN_FILES.success]);
  assert.deepEqual(folder.groups.at(-1), [RUN_FILES.manifest]);
  await removeRunFiles(run.store, folder, PATIENT);
  assert.deepEqual(await keysOf(run.store), []);
});

test('a removal that stops anywhere leaves no run that looks finished, and can be given again', async (t) => {
  const run = await testRun(t, goodImages(4), { extraction: { partitions: 2 } });
  await run.execute();
  const total = (await keysOf(run.store)).length;
  for (let allowed = 1; allowed < total; allowed += 1) {
    // One removal more each time: every state on the way is looked at.
    let left = 1;
    const dying = faultyStorage(run.store, {
      before: async ({ kind }) => {
        if (kind !== 'remove') return;
        if (left === 0) throw new VergerError('E_STORAGE');
        left -= 1;
      },
    });
    await assert.rejects(removeRunFiles(dying, await readRunFolder(dying), PATIENT), { code: 'E_STORAGE' });
    const manifest = await readManifest(run.store);
    assert.ok(manifest !== undefined, 'the manifest goes last');
    assert.notEqual(runState((await readStatus(run.store, manifest)).facts), 'done');
  }
  await removeRunFiles(run.store, await readRunFolder(run.store), PATIENT);
  assert.deepEqual(await keysOf(run.store), []);
});

test('what is not of the run stays, and links are not followed', async (t) => {
  const run = await testRun(t, goodImages(3));
  await run.execute();
  const root = run.store.describe();
  const outside = join(root, '../outside');
  await mkdir(join(outside, 'commits'), { recursive: true });
  await writeFile(join(outside, 'part-00007.json'), 'precious');
  await writeFile(join(root, 'notes.txt'), 'mine');
  await symlink(join(outside, 'part-00007.json'), join(root, 'commits/part-00007.json'));
  await symlink(outside, join(root, 'features/more'));
  const folder = await readRunFolder(run.store);
  assert.deepEqual([...folder.foreign].sort(), ['features/more', 'notes.txt']);
  await removeRunFiles(run.store, folder, PATIENT);
  assert.deepEqual(await keysOf(run.store), ['features/more', 'notes.txt']);
  assert.equal(await readFile(join(outside, 'part-00007.json'), 'utf8'), 'precious');
});

test('an interrupted removal stops with its reason', async (t) => {
  const run = await testRun(t, goodImages(3));
  await run.execute();
  const aborted = AbortSignal.abort(new VergerError('E_INTERRUPTED'));
  const before = await keysOf(run.store);
  await assert.rejects(removeRunFiles(run.store, await readRunFolder(run.store), aborted), {
    code: 'E_INTERRUPTED',
  });
  assert.deepEqual(await keysOf(run.store), before);
});

test('cancelling marks a run that is not ended, and no other', async (t) => {
  const run = await testRun(t, goodImages(3), { extraction: { partitions: 3 } });
  const by = { host: 'h', pid: 1, name: 'n' };
  const cancel = () => markRunCancelled(run.store, run.manifest, { by, at: 'now' });
  assert.deepEqual(await cancel().then(({ before, marked }) => [before, marked]), ['planned', false]);
  await run.execute({
    seen: (event, executor) => {
      if (event.type === 'partition:done') void executor.close();
    },
  });
  assert.deepEqual(await cancel().then(({ before, marked }) => [before, marked]), ['running', true]);
  assert.deepEqual(await cancel().then(({ before, marked }) => [before, marked]), ['cancelled', false]);
  assert.equal((await run.execute({ cause: 'resume' })).verdict, 'ok');
  assert.deepEqual(await cancel().then(({ before, marked }) => [before, marked]), ['done', false]);
});
