import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { chmod, mkdir, mkdtemp, rename, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { formatError, type ListOptions, type StoredEntry, VergerError } from '@verger/core';
import { goneOr } from './folder.ts';
import { openLocalStorage } from './storage.ts';

const isRoot = process.getuid?.() === 0;
const isLinux = process.platform === 'linux';

async function inFolder(body: (root: string) => Promise<void>): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), 'verger-walk-'));
  try {
    await body(root);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

async function put(root: string, name: string, text = 'x'): Promise<void> {
  await mkdir(dirname(join(root, name)), { recursive: true });
  await writeFile(join(root, name), text);
}

async function list(root: string, options?: ListOptions): Promise<StoredEntry[]> {
  const entries: StoredEntry[] = [];
  for await (const entry of openLocalStorage(root).list(options)) entries.push(entry);
  return entries;
}

const refusals = (entries: readonly StoredEntry[]) =>
  entries.map(({ key, refused }) => [key, refused ?? 'fine']);

test('links: to files inside are files, all others are refused and never followed', async () => {
  await inFolder(async (outer) => {
    const root = join(outer, 'images');
    await put(outer, 'secret.jpg', 'secret');
    await put(outer, 'images-too/secret.jpg', 'secret');
    await put(root, 'a/real.jpg', 'four');
    await symlink('a/real.jpg', join(root, 'in.jpg'));
    await symlink(join(root, 'a/real.jpg'), join(root, 'in-absolute.jpg'));
    await symlink('../secret.jpg', join(root, 'out.jpg'));
    await symlink('../images-too/secret.jpg', join(root, 'out-prefix.jpg'));
    await symlink('/dev/zero', join(root, 'device.jpg'));
    await symlink('nothing', join(root, 'dangling.jpg'));
    await symlink('loop.jpg', join(root, 'loop.jpg'));
    await symlink('a', join(root, 'folder.jpg'));
    await symlink('.', join(root, 'a/self'));
    await symlink('..', join(root, 'up'));
    const storage = openLocalStorage(root);
    const entries = await list(root);
    assert.deepEqual(refusals(entries), [
      ['a/real.jpg', 'fine'],
      ['a/self', 'E_IMG_NOT_A_FILE'],
      ['dangling.jpg', 'E_IMG_OUTSIDE_ROOT'],
      ['device.jpg', 'E_IMG_OUTSIDE_ROOT'],
      ['folder.jpg', 'E_IMG_NOT_A_FILE'],
      ['in-absolute.jpg', 'fine'],
      ['in.jpg', 'fine'],
      ['loop.jpg', 'E_IMG_OUTSIDE_ROOT'],
      ['out-prefix.jpg', 'E_IMG_OUTSIDE_ROOT'],
      ['out.jpg', 'E_IMG_OUTSIDE_ROOT'],
      ['up', 'E_IMG_OUTSIDE_ROOT'],
    ]);
    for (const { key, refused, version, bytes } of entries) {
      const result = await storage.read(key);
      if (refused !== undefined) assert.deepEqual(result, { status: 'refused', code: refused }, key);
      else
        assert.deepEqual([result.status, bytes, 'version' in result && result.version], ['read', 4, version]);
    }
    assert.deepEqual(await storage.read('up/secret.jpg'), { status: 'refused', code: 'E_IMG_OUTSIDE_ROOT' });
    assert.deepEqual(await list(root, { prefix: 'folder.jpg/' }), []);
  });
});

test('FIFOs and sockets are refused, in the list and by a read that does not hang', async () => {
  await inFolder(async (root) => {
    execFileSync('mkfifo', [join(root, 'fifo.jpg')]);
    await symlink('fifo.jpg', join(root, 'link.jpg'));
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(join(root, 'socket.jpg'), resolve));
    try {
      const keys = ['fifo.jpg', 'link.jpg', 'socket.jpg'];
      assert.deepEqual(
        refusals(await list(root)),
        keys.map((key) => [key, 'E_IMG_NOT_A_FILE']),
      );
      for (const key of keys) {
        const refused = { status: 'refused', code: 'E_IMG_NOT_A_FILE' };
        assert.deepEqual(await openLocalStorage(root).read(key), refused);
      }
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  });
});

test('a folder is refused by a read', async () => {
  await inFolder(async (root) => {
    await mkdir(join(root, 'a.jpg'));
    const refused = { status: 'refused', code: 'E_IMG_NOT_A_FILE' };
    assert.deepEqual(await openLocalStorage(root).read('a.jpg'), refused);
  });
});

test('names that are not UTF-8 are listed escaped, in the order of what is shown, and refused', {
  skip: isLinux ? false : 'this file system refuses such names',
}, async () => {
  await inFolder(async (root) => {
    const odd = (name: string) => Buffer.concat([Buffer.from(`${root}/`), Buffer.from(name, 'latin1')]);
    await writeFile(odd('\xff\\b.jpg'), 'abc');
    await mkdir(odd('\xe9t\xe9'));
    await writeFile(odd('\xe9t\xe9/fine\\.jpg'), 'x');
    await put(root, 'Z.jpg');
    await put(root, 'zz.jpg');
    await put(root, 'caf\u00e9\\x.jpg');
    const entries = await list(root);
    assert.deepEqual(refusals(entries), [
      ['Z.jpg', 'fine'],
      ['\\xe9t\\xe9/fine\\\\.jpg', 'E_IMG_NAME'],
      ['\\xff\\\\b.jpg', 'E_IMG_NAME'],
      ['caf\u00e9\\x.jpg', 'fine'],
      ['zz.jpg', 'fine'],
    ]);
    assert.equal(entries[2]?.bytes, 3);
  });
});

test('the folder of half-written files is not listed in the root, and is in other folders', async () => {
  await inFolder(async (root) => {
    await put(root, '.tmp/half');
    await put(root, 'a/.tmp/whole');
    await put(root, '.tmpx');
    assert.deepEqual(
      (await list(root)).map(({ key }) => key),
      ['.tmpx', 'a/.tmp/whole'],
    );
    assert.deepEqual(
      (await list(root, { shallow: true })).map(({ key }) => key),
      ['.tmpx', 'a/'],
    );
  });
});

test('size and version are those of the file, to the nanosecond', async () => {
  await inFolder(async (root) => {
    await put(root, 'x', 'twelve bytes');
    await utimes(join(root, 'x'), 1_000_000_000.5, 1_000_000_000.5);
    const { mtimeNs } = await stat(join(root, 'x'), { bigint: true });
    assert.deepEqual(await list(root), [{ key: 'x', bytes: 12, version: `mtime:${mtimeNs}` }]);
    assert.equal(mtimeNs, 1_000_000_000_500_000_000n);
  });
});

test('a root that is missing, and one that is a file, are told apart', async () => {
  await inFolder(async (root) => {
    await put(root, 'file');
    await assert.rejects(list(join(root, 'none')), { code: 'E_INPUT_MISSING' });
    await assert.rejects(list(join(root, 'file')), { code: 'E_INPUT_UNREADABLE' });
    await assert.rejects(list(join(root, 'file/below')), { code: 'E_INPUT_UNREADABLE' });
    assert.deepEqual(await openLocalStorage(join(root, 'none')).read('x'), { status: 'missing' });
  });
});

test('a root that is itself a link is walked', async () => {
  await inFolder(async (outer) => {
    await put(outer, 'real/a/x.jpg');
    await symlink('real', join(outer, 'link'));
    await symlink('a/x.jpg', join(outer, 'real/y.jpg'));
    const root = join(outer, 'link');
    assert.deepEqual(refusals(await list(root)), [
      ['a/x.jpg', 'fine'],
      ['y.jpg', 'fine'],
    ]);
    assert.equal((await openLocalStorage(root).read('a/x.jpg')).status, 'read');
  });
});

test('a folder that may not be read ends the list, with its name', {
  skip: isRoot ? 'root may read every folder' : false,
}, async () => {
  await inFolder(async (root) => {
    await put(root, 'a/x');
    await put(root, 'b/x');
    await chmod(join(root, 'b'), 0);
    try {
      const place = { location: join(root, 'b') };
      await assert.rejects(list(root), { code: 'E_INPUT_UNREADABLE', place });
      assert.equal((await openLocalStorage(root).read('b/x')).status, 'forbidden');
    } finally {
      await chmod(join(root, 'b'), 0o700);
    }
  });
});

test('files and folders that vanish while the list runs are left out', async () => {
  await inFolder(async (root) => {
    for (let index = 10; index < 99; index += 1) await put(root, `a${index}`);
    await put(root, 'b/x');
    await put(root, 'c');
    const keys: string[] = [];
    for await (const { key } of openLocalStorage(root).list()) {
      if (keys.length === 0) {
        await rm(join(root, 'a98'));
        await rm(join(root, 'b'), { recursive: true });
      }
      keys.push(key);
    }
    assert.equal(keys.length, 89);
    assert.ok(!keys.includes('a98') && !keys.includes('b/x') && keys.includes('c'));
  });
});

test('20,000 files in nested folders come once each, in byte order', async () => {
  await inFolder(async (root) => {
    const names = Array.from({ length: 20_000 }, (_, index) => {
      const text = (index * 7919).toString(3);
      return `${text.slice(0, 3)}/${index % 3 === 0 ? `${text.slice(3, 5)}-/` : ''}${text}-${index}`;
    });
    for (const folder of new Set(names.map((name) => dirname(name)))) {
      await mkdir(join(root, folder), { recursive: true });
    }
    for (let at = 0; at < names.length; at += 500) {
      await Promise.all(names.slice(at, at + 500).map((name) => writeFile(join(root, name), '')));
    }
    const keys = (await list(root)).map(({ key }) => key);
    assert.deepEqual(
      keys,
      names.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))),
    );
  });
});

test('a folder of the prefix that cannot be read is an error, never an empty folder', async () => {
  await inFolder(async (root) => {
    await put(root, 'epochs/0001.json');
    const { lstat } = fs.promises;
    const broken = Object.assign(new Error('EIO: i/o error, lstat'), { code: 'EIO' });
    fs.promises.lstat = (async () => await Promise.reject(broken)) as unknown as typeof lstat;
    syncBuiltinESMExports();
    try {
      await assert.rejects(list(root, { prefix: 'epochs/' }), { code: 'E_STORAGE' });
    } finally {
      fs.promises.lstat = lstat;
      syncBuiltinESMExports();
    }
    assert.equal((await list(root, { prefix: 'epochs/' })).length, 1);
  });
});

test('a refused link says what it leads to: a folder, a file outside, or nothing', async () => {
  await inFolder(async (outer) => {
    const root = join(outer, 'images');
    await put(outer, 'shared/x.jpg');
    await put(root, 'a/real.jpg');
    await symlink('../shared', join(root, 'far'));
    await symlink('a', join(root, 'near'));
    await symlink('../shared/x.jpg', join(root, 'out.jpg'));
    await symlink('nothing', join(root, 'dead.jpg'));
    execFileSync('mkfifo', [join(root, 'fifo.jpg')]);
    assert.deepEqual(
      (await list(root)).map(({ key, link }) => [key, link]),
      [
        ['a/real.jpg', undefined],
        ['dead.jpg', 'nothing'],
        ['far', 'folder'],
        ['fifo.jpg', undefined],
        ['near', 'folder'],
        ['out.jpg', 'outside'],
      ],
    );
  });
});

test('a folder deeper than the system allows ends the list, with a readable path', async () => {
  const outer = await mkdtemp(join(tmpdir(), 'verger-walk-'));
  try {
    const deep = (name: string) => Array.from({ length: 10 }, () => name.repeat(240)).join('/');
    for (const name of ['a', 'b', 'c']) await mkdir(join(outer, name, deep(name)), { recursive: true });
    await put(join(outer, 'c', deep('c')), 'x.jpg');
    // No path of more than 4,096 bytes can be named: the tree is put together from pieces.
    await rename(join(outer, 'c'), join(outer, 'b', deep('b'), 'c'));
    await rename(join(outer, 'b'), join(outer, 'a', deep('a'), 'b'));
    for (const follow of [false, true]) {
      const storage = openLocalStorage(join(outer, 'a'), { follow });
      const walked = (async () => {
        for await (const _ of storage.list());
      })();
      await assert.rejects(walked, (error) => {
        assert.ok(error instanceof VergerError && error.code === 'E_INPUT_TOO_DEEP' && error.permanent);
        const text = formatError(error);
        assert.ok(text.length < 600, text);
        assert.match(text, /aaa … (b|c)/);
        return true;
      });
    }
  } finally {
    execFileSync('rm', ['-rf', outer]); // Node's own would name paths that are too long
  }
});

for (const [code, expected] of [
  ['ELOOP', 'E_INPUT_UNREADABLE'],
  ['EINVAL', 'E_INPUT_UNREADABLE'],
  ['ENAMETOOLONG', 'E_INPUT_TOO_DEEP'],
  ['EIO', 'E_STORAGE'],
  ['ESTALE', 'E_STORAGE'],
] as const) {
  test(`${code} of a folder is ${expected}: only what may heal is said to`, () => {
    const error = Object.assign(new Error(`${code}: no`), { code });
    assert.throws(() => goneOr(error, { path: '/images/a' }), { code: expected });
  });
}
