import assert from 'node:assert/strict';
import fs from 'node:fs';
import { mkdir, mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import type { StoredEntry } from '@verger/core';
import { MOST_LINKS_ON_WAY, MOST_REPEATS } from './follow.ts';
import { openLocalStorage } from './storage.ts';

const isLinux = process.platform === 'linux';

async function inFolder(body: (outer: string, root: string) => Promise<void>): Promise<void> {
  const outer = await mkdtemp(join(tmpdir(), 'verger-follow-'));
  try {
    await mkdir(join(outer, 'images'));
    await body(outer, join(outer, 'images'));
  } finally {
    await rm(outer, { recursive: true, force: true });
  }
}

async function put(root: string, name: string, text = 'x'): Promise<void> {
  await mkdir(dirname(join(root, name)), { recursive: true });
  await writeFile(join(root, name), text);
}

const following = (root: string, within: readonly string[] = []) =>
  openLocalStorage(root, { follow: true, within });

async function list(root: string): Promise<StoredEntry[]> {
  const entries: StoredEntry[] = [];
  for await (const entry of following(root).list()) entries.push(entry);
  const keys = entries.map(({ key }) => key);
  const sorted = keys.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  assert.deepEqual(keys, sorted, 'byte order');
  return entries;
}

const told = (entries: readonly StoredEntry[]) => entries.map(({ key, link }) => [key, link ?? 'fine']);

test('a linked folder is entered under the link’s path; a linked file is its target', async () => {
  await inFolder(async (outer, root) => {
    await put(outer, 'shared/Pear/1.jpg', 'four');
    await put(outer, 'one.jpg', 'secret');
    await put(root, 'Apple/1.jpg');
    await put(root, 'Pear-2/1.jpg');
    await symlink('../shared/Pear', join(root, 'Pear'));
    await symlink('Pear', join(root, 'Pear!'));
    await symlink('../../one.jpg', join(root, 'Apple/2.jpg'));
    await symlink('2.jpg', join(root, 'Apple/3.jpg'));
    await symlink('../../one.jpg', join(outer, 'shared/Pear/2.jpg'));
    const entries = await list(root);
    const keys = ['Apple/1.jpg', 'Apple/2.jpg', 'Apple/3.jpg', 'Pear!/1.jpg', 'Pear!/2.jpg'];
    assert.deepEqual(
      told(entries),
      [...keys, 'Pear-2/1.jpg', 'Pear/1.jpg', 'Pear/2.jpg'].map((key) => [key, 'fine']),
    );
    const { mtimeNs } = await stat(join(outer, 'one.jpg'), { bigint: true });
    assert.deepEqual(entries[1], { key: 'Apple/2.jpg', bytes: 6, version: `mtime:${mtimeNs}` });
    for (const { key, bytes, version } of entries) {
      for (const maxBytes of [bytes, undefined]) {
        const result = await following(root).read(key, maxBytes === undefined ? {} : { maxBytes });
        assert.deepEqual([result.status, 'version' in result && result.version], ['read', version], key);
      }
    }
    const plain = await openLocalStorage(root).read('Pear/1.jpg');
    assert.deepEqual(plain, { status: 'refused', code: 'E_IMG_OUTSIDE_ROOT' });
  });
});

test('circular links end, whether they lead to the root, above it or to themselves', async () => {
  await inFolder(async (outer, root) => {
    await put(root, 'a/b/x.jpg');
    await put(outer, 'beside/y.jpg');
    await symlink('.', join(root, 'a/self'));
    await symlink('../..', join(root, 'a/b/root'));
    await symlink('../../..', join(root, 'a/b/up'));
    await symlink('loop', join(root, 'loop'));
    await symlink('nothing', join(root, 'dead.jpg'));
    await symlink('back', join(outer, 'beside/there'));
    await symlink('../images/a', join(outer, 'beside/back'));
    assert.deepEqual(told(await list(root)), [
      ['a/b/root', 'loop'],
      ['a/b/up/beside/back', 'loop'],
      ['a/b/up/beside/there', 'loop'],
      ['a/b/up/beside/y.jpg', 'fine'],
      ['a/b/up/images', 'loop'],
      ['a/b/x.jpg', 'fine'],
      ['a/self', 'loop'],
      ['dead.jpg', 'nothing'],
      ['loop', 'nothing'],
    ]);
  });
});

test('a root that is a link, and a link to a link to a folder', async () => {
  await inFolder(async (outer) => {
    await put(outer, 'real/a/x.jpg');
    await put(outer, 'far/y.jpg');
    await symlink('real', join(outer, 'root'));
    await symlink('../hop', join(outer, 'real/far'));
    await symlink('far', join(outer, 'hop'));
    await symlink('../root', join(outer, 'real/again'));
    assert.deepEqual(told(await list(join(outer, 'root'))), [
      ['a/x.jpg', 'fine'],
      ['again', 'loop'],
      ['far/y.jpg', 'fine'],
    ]);
    assert.equal((await following(join(outer, 'root')).read('far/y.jpg')).status, 'read');
  });
});

test('folders that all link to each other give a listing that ends, the same each time', async (t) => {
  await inFolder(async (_, root) => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    for (const name of names) await put(root, `${name}/${name}.jpg`);
    for (const name of names) {
      for (const other of names) await symlink(`../${other}`, join(root, name, `to-${other}`));
    }
    const entries = await list(root);
    const images = entries.filter(({ link }) => link === undefined);
    const repeats = entries.filter(({ link }) => link === 'repeat');
    assert.ok(repeats.length > 0);
    assert.ok(images.length <= names.length * (1 + MOST_REPEATS), `${images.length}`);
    for (const name of names) assert.ok(images.some(({ key }) => key === `${name}/${name}.jpg`));
    const realpath = t.mock.method(fs.promises, 'realpath');
    syncBuiltinESMExports();
    t.after(() => {
      t.mock.restoreAll();
      syncBuiltinESMExports();
    });
    assert.deepEqual(await list(root), entries);
    // One for the root; a link is resolved once, however many ways lead to it.
    assert.equal(realpath.mock.callCount(), 1 + names.length ** 2);
  });
});

test('a folder below too many links is not entered, like one linked too often', async () => {
  await inFolder(async (outer, root) => {
    const last = MOST_LINKS_ON_WAY + 1;
    for (let at = 1; at <= last; at += 1) {
      await put(outer, `${at}/x.jpg`);
      await symlink(`../${at}`, join(at === 1 ? root : join(outer, `${at - 1}`), 'n'));
    }
    const way = (links: number) => 'n/'.repeat(links);
    const images = Array.from({ length: MOST_LINKS_ON_WAY }, (_, at) => [`${way(at + 1)}x.jpg`, 'fine']);
    assert.deepEqual(told(await list(root)), [[way(last).slice(0, -1), 'repeat'], ...images.toReversed()]);
    const deepest = `${way(MOST_LINKS_ON_WAY)}x.jpg`;
    assert.equal((await following(root).read(deepest)).status, 'read');
  });
});

test('the same folder by several links is entered under each', async () => {
  await inFolder(async (outer, root) => {
    await put(outer, 'shared/x.jpg');
    for (const name of ['train', 'test', 'val']) await symlink('../shared', join(root, name));
    assert.deepEqual(told(await list(root)), [
      ['test/x.jpg', 'fine'],
      ['train/x.jpg', 'fine'],
      ['val/x.jpg', 'fine'],
    ]);
  });
});

test('a link whose name is not UTF-8: what it leads to is listed escaped, and refused', {
  skip: isLinux ? false : 'this file system refuses such names',
}, async () => {
  await inFolder(async (outer, root) => {
    await put(outer, 'shared/x.jpg');
    const odd = (name: string) => Buffer.concat([Buffer.from(`${root}/`), Buffer.from(name, 'latin1')]);
    await symlink('../shared', odd('\xff'));
    await symlink('../shared/x.jpg', odd('\xfe.jpg'));
    const entries = await list(root);
    assert.deepEqual(
      entries.map(({ key, refused }) => [key, refused]),
      [
        ['\\xfe.jpg', 'E_IMG_NAME'],
        ['\\xff/x.jpg', 'E_IMG_NAME'],
      ],
    );
  });
});

test('a read goes only below the places that are allowed, resolved when it reads', async () => {
  await inFolder(async (outer, root) => {
    await put(outer, 'allowed/x.jpg');
    await put(outer, 'allowed-too/x.jpg');
    await put(root, 'own.jpg');
    await symlink('allowed', join(outer, 'other-name'));
    await symlink('../allowed/x.jpg', join(root, 'in.jpg'));
    await symlink('../allowed-too/x.jpg', join(root, 'out.jpg'));
    await symlink('../allowed', join(root, 'folder'));
    const outside = { status: 'refused', code: 'E_IMG_OUTSIDE_ROOT' };
    for (const below of [join(outer, 'allowed'), join(outer, 'other-name')]) {
      const storage = following(root, ['s3://bucket', join(outer, 'none'), root, below]);
      for (const key of ['own.jpg', 'in.jpg', 'folder/x.jpg']) {
        for (const how of [{}, { maxBytes: 10 }]) {
          assert.equal((await storage.read(key, how)).status, 'read', key);
        }
      }
      assert.deepEqual(await storage.read('out.jpg'), outside);
      assert.deepEqual(await storage.read('out.jpg', { maxBytes: 10 }), outside);
    }
    // A link that was turned to another place after the listing.
    const storage = following(root, [root, join(outer, 'allowed')]);
    await rm(join(root, 'folder'));
    await symlink('../allowed-too', join(root, 'folder'));
    assert.deepEqual(await storage.read('folder/x.jpg'), outside);
    await rm(join(root, 'folder'));
    assert.deepEqual(await storage.read('folder/x.jpg'), { status: 'missing' });
  });
});

test('a shallow list follows nothing: it only tells whether there is anything', async () => {
  await inFolder(async (outer, root) => {
    await put(outer, 'shared/x.jpg');
    await symlink('../shared', join(root, 'a'));
    const keys: string[] = [];
    for await (const { key } of following(root).list({ shallow: true })) keys.push(key);
    assert.deepEqual(keys, ['a']);
  });
});
