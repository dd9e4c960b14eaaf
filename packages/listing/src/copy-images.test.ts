import assert from 'node:assert/strict';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { DEFAULT_GLOB, type ImageRef, VergerError } from '@verger/core';
import { openLocalStorage } from '@verger/storage';
import { faultyStorage } from '@verger/testkit/faulty-storage';
import { keysOf, temporaryFolder, writeFiles } from '@verger/testkit/run-harness';
import { checkCopyTarget, copyImages } from './copy-images.ts';
import { listImages } from './images.ts';

const PATIENT = { signal: new AbortController().signal };
const LARGE = Buffer.alloc(9 * 1024 * 1024, 'verger').toString('latin1');
const FILES = { 'a/1.jpg': 'one', 'a/large.jpg': LARGE, 'b/é.png': '', 'b.png': 'two' };
const OPTIONS = {
  glob: [...DEFAULT_GLOB],
  label: 'none',
  limit: null,
  sample: null,
  seed: 1,
  partitions: null,
  partitionSize: null,
};

async function source(t: TestContext) {
  const folder = await temporaryFolder(t);
  await writeFiles(join(folder, 'images'), FILES);
  const from = openLocalStorage(join(folder, 'images'));
  const images: ImageRef[] = [];
  for await (const image of listImages(from, OPTIONS, () => '')) images.push(image);
  const to = openLocalStorage(join(folder, 'copy'));
  return { from, to, images, folder };
}

async function* stream(images: readonly ImageRef[]) {
  yield* images;
}

test('images are copied with their paths; a second call finds them there', async (t) => {
  const { from, to, images, folder } = await source(t);
  await checkCopyTarget(to, stream(images));
  const bytes = LARGE.length + 6;
  assert.deepEqual(await copyImages({ from, to }, stream(images), PATIENT), { copied: 4, already: 0, bytes });
  assert.deepEqual(await keysOf(to), await keysOf(from));
  for (const [path, content] of Object.entries(FILES)) {
    assert.equal(await readFile(join(folder, 'copy', path), 'latin1'), content);
  }
  await checkCopyTarget(to, stream(images));
  assert.deepEqual(await copyImages({ from, to }, stream(images), PATIENT), { copied: 0, already: 4, bytes });
});

test('a copy that was stopped goes on, and no half of an image stays', async (t) => {
  const { from, to, images } = await source(t);
  const broken = faultyStorage(from, {
    before: ({ kind, key }) => {
      if (kind === 'read' && key === 'a/large.jpg') throw new VergerError('E_STORAGE');
    },
  });
  await assert.rejects(copyImages({ from: broken, to }, stream(images), PATIENT), { code: 'E_STORAGE' });
  assert.ok(!(await keysOf(to)).includes('a/large.jpg'));
  const { copied, already } = await copyImages({ from, to }, stream(images), PATIENT);
  assert.equal(copied + already, 4);
  assert.ok(copied >= 1);
});

test('a place with other files is refused, whatever their order', async (t) => {
  for (const name of ['0.txt', 'a/2.jpg', 'z/z.jpg']) {
    const { to, images, folder } = await source(t);
    await writeFiles(join(folder, 'copy'), { 'a/1.jpg': 'one', [name]: 'x' });
    await assert.rejects(checkCopyTarget(to, stream(images)), {
      code: 'E_OUTPUT_NOT_EMPTY',
      place: { path: name, location: to.describe() },
    });
  }
  const { to, images, folder } = await source(t);
  await writeFile(join(folder, 'copy'), 'a file');
  await assert.rejects(checkCopyTarget(to, stream(images)), { code: 'E_OUTPUT_NOT_WRITABLE' });
});

test('nothing is overwritten', async (t) => {
  const { from, to, images, folder } = await source(t);
  for (const other of ['ono', 'longer']) {
    await writeFiles(join(folder, 'copy'), { 'a/1.jpg': other });
    await assert.rejects(copyImages({ from, to }, stream(images), PATIENT), { code: 'E_OUTPUT_NOT_EMPTY' });
    assert.equal(await readFile(join(folder, 'copy/a/1.jpg'), 'utf8'), other);
  }
});

test('an image that is not the listed one any more is not copied', async (t) => {
  const { from, to, images, folder } = await source(t);
  await writeFile(join(folder, 'images/b.png'), 'other');
  await assert.rejects(copyImages({ from, to }, stream(images), PATIENT), { code: 'E_IMG_CHANGED' });
  await rm(join(folder, 'images/b.png'));
  await assert.rejects(copyImages({ from, to }, stream(images), PATIENT), { code: 'E_IMG_MISSING' });
  assert.ok(!(await keysOf(to)).includes('b.png'));
  const aborted = { signal: AbortSignal.abort(new VergerError('E_INTERRUPTED')) };
  await mkdir(join(folder, 'empty'));
  const empty = openLocalStorage(join(folder, 'empty'));
  await assert.rejects(copyImages({ from, to: empty }, stream(images), aborted), { code: 'E_INTERRUPTED' });
  assert.deepEqual(await keysOf(empty), []);
});
