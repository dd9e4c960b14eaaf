import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { isInside, joinLocation, openStorage, outputOf } from './location.ts';

test('a relative folder is described by its absolute path', () => {
  assert.equal(openStorage('some/../folder/').describe(), join(process.cwd(), 'folder'));
});

test('what is no folder is a usage error', () => {
  for (const location of [
    's3://bucket/x',
    'S3://bucket',
    'gs://bucket/x',
    'https://host/x',
    'file:///x',
    's3:/bucket/x',
    '',
    'a\0b',
  ]) {
    assert.throws(() => openStorage(location), { code: 'E_USAGE' }, location);
  }
});

test('a slash that is missing in s3:// is pointed out', () => {
  assert.throws(() => openStorage('s3:/bucket/x'), { message: /two slashes: s3:\/\/bucket\/x\.$/ });
});

test('names are joined to folders and to URLs', () => {
  assert.equal(joinLocation('/out/', 'run'), '/out/run');
  assert.equal(joinLocation('out', 'run'), 'out/run');
  assert.equal(joinLocation('s3://bucket', 'run'), 's3://bucket/run');
  assert.equal(joinLocation('s3://bucket/out//', '/run'), 's3://bucket/out/run');
});

test('a folder is inside another by its real path, even before it exists', async () => {
  const root = await mkdtemp(join(tmpdir(), 'verger-inside-'));
  try {
    const images = join(root, 'images');
    await mkdir(join(images, 'a'), { recursive: true });
    await mkdir(join(root, 'images-out'));
    await symlink('images/a', join(root, 'link'));
    await symlink('../images-out', join(images, 'leads-out'));
    for (const inside of [
      'images',
      'images/',
      'images/a',
      'images/new/deep',
      'link',
      'link/new',
      'x/../images/y',
    ]) {
      assert.equal(await isInside(join(root, inside), images), true, inside);
    }
    for (const outside of ['.', 'images-out', 'images-new', 'images/leads-out/new', 'images/../out']) {
      assert.equal(await isInside(join(root, outside), images), false, outside);
    }
    assert.equal(await isInside(images, join(root, 'link')), false);
    assert.equal(await isInside(images, '/'), true);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
});

test('a place that can never be looked at is told for good, not as what may heal', async () => {
  const root = await mkdtemp(join(tmpdir(), 'verger-inside-'));
  try {
    await symlink('loop', join(root, 'loop'));
    for (const never of [join(root, 'n'.repeat(300), 'out'), join(root, 'loop', 'out')]) {
      await assert.rejects(isInside(never, root), { code: 'E_OUTPUT_NOT_WRITABLE' });
    }
  } finally {
    await rm(root, { recursive: true, force: true });
  }
});

test('the folder of a run’s output is what stands before its last slash', () => {
  assert.equal(outputOf('/data/out/run'), '/data/out');
  assert.equal(outputOf('/run'), '/');
  assert.equal(outputOf('s3://bucket/out/run'), 's3://bucket/out');
  assert.equal(outputOf('s3://bucket'), 's3://bucket');
});
