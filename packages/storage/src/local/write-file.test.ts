import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, open, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { lockName } from './lock.ts';
import { ownedName } from './owner.ts';
import { openLocalStorage } from './storage.ts';

async function inFolder(body: (root: string) => Promise<void>): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), 'verger-write-'));
  try {
    await body(root);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

const systemError = (code: string) => Object.assign(new Error(`${code}: injected`), { code });
const failing = (code: string) => async (): Promise<never> => {
  throw systemError(code);
};
const bytes = new TextEncoder().encode('bytes');
const NO_PROCESS = 2 ** 22 + 1;
const ofDeadProcess = (name: string) => name.replace(/^\d+/, String(NO_PROCESS));

const expected = {
  ENOSPC: 'E_OUTPUT_FULL',
  EDQUOT: 'E_OUTPUT_FULL',
  EACCES: 'E_OUTPUT_NOT_WRITABLE',
  EROFS: 'E_OUTPUT_NOT_WRITABLE',
  EIO: 'E_STORAGE',
} as const;

for (const [system, code] of Object.entries(expected)) {
  test(`${system} while writing or syncing is ${code} and leaves nothing`, async () => {
    for (const method of ['write', 'sync', 'close'] as const) {
      await inFolder(async (root) => {
        const broken: typeof open = async (path, flags, mode) => {
          const handle = await open(path, flags, mode);
          if (flags !== 'wx') return handle;
          const close = handle.close.bind(handle);
          const calls = { [method]: failing(system) };
          if (method === 'close') {
            calls[method] = async () => {
              await close();
              throw systemError(system);
            };
          }
          return Object.assign(handle, calls);
        };
        const storage = openLocalStorage(root, { calls: { open: broken } });
        const place = { path: 'f/k', location: root };
        await assert.rejects(storage.create('f/k', bytes), { code, place });
        await assert.rejects(storage.replace('f/k', bytes), { code, place });
        assert.deepEqual(await readdir(join(root, 'f')), []);
        assert.deepEqual(await readdir(join(root, '.tmp')), []);
      });
    }
  });

  test(`${system} from link and rename is ${code} and leaves nothing`, async () => {
    await inFolder(async (root) => {
      const calls = { link: failing(system), rename: failing(system) };
      const storage = openLocalStorage(root, { calls });
      await assert.rejects(storage.create('k', bytes), { code });
      await assert.rejects(storage.replace('k', bytes), { code });
      assert.deepEqual(await readdir(root), ['.tmp']);
      assert.deepEqual(await readdir(join(root, '.tmp')), []);
    });
  });
}

test('a folder of temporary files that somebody removes while it is empty is made again', async () => {
  await inFolder(async (root) => {
    let removed = 0;
    const racing: typeof open = async (path, flags, mode) => {
      if (flags === 'wx' && removed === 0) {
        await rm(join(root, '.tmp'), { recursive: true });
        removed += 1;
      }
      return await open(path, flags, mode);
    };
    const storage = openLocalStorage(root, { calls: { open: racing } });
    assert.equal(await storage.create('f/k', bytes), 'created');
    assert.deepEqual([removed, await readFile(join(root, 'f/k'), 'utf8')], [1, 'bytes']);
  });
});

test('short writes are continued', async () => {
  await inFolder(async (root) => {
    const short: typeof open = async (path, flags, mode) => {
      const handle = await open(path, flags, mode);
      const write = handle.write.bind(handle) as (b: Uint8Array, o: number, l: number) => Promise<unknown>;
      return Object.assign(handle, { write: (b: Uint8Array, o: number) => write(b, o, 1) });
    };
    await openLocalStorage(root, { calls: { open: short } }).create('k', bytes);
    assert.equal(await readFile(join(root, 'k'), 'utf8'), 'bytes');
  });
});

test('a link that worked and then says EEXIST, as over NFS, is created', async () => {
  await inFolder(async (root) => {
    const { link } = await import('node:fs/promises');
    const twice = async (from: string, to: string) => {
      await link(from, to);
      await link(from, to);
    };
    const storage = openLocalStorage(root, { calls: { link: twice } });
    assert.equal(await storage.create('k', bytes), 'created');
    assert.equal(await storage.create('k', bytes), 'exists');
  });
});

test('where there are no hard links, a create still keeps what is there', async () => {
  for (const code of ['EPERM', 'ENOTSUP', 'EXDEV', 'EMLINK']) {
    await inFolder(async (root) => {
      const storage = openLocalStorage(root, { calls: { link: failing(code) } });
      assert.equal(await storage.create('k', bytes), 'created');
      assert.equal(await storage.create('k', new Uint8Array(1)), 'exists');
      assert.equal(await readFile(join(root, 'k'), 'utf8'), 'bytes');
      assert.deepEqual(await readdir(join(root, '.tmp')), []);
    });
  }
});

test('the lock of a dead process is broken, the lock of a living one is waited for', async () => {
  await inFolder(async (root) => {
    const storage = openLocalStorage(root, { calls: { link: failing('EPERM') } });
    const locked = async (key: string, owner: string) => {
      const lock = join(root, '.tmp', lockName(key));
      await mkdir(lock, { recursive: true });
      await writeFile(join(lock, owner), '');
      return join(lock, owner);
    };
    await locked('dead', ofDeadProcess(ownedName()));
    assert.equal(await storage.create('dead', bytes), 'created');

    const held = await locked('held', ownedName());
    const other = await storage.create('other', bytes);
    const waiting = storage.create('held', bytes);
    assert.equal(other, 'created');
    assert.equal((await storage.read('held')).status, 'missing');
    await rm(held);
    assert.equal(await waiting, 'created');
    assert.deepEqual(await readdir(join(root, '.tmp')), []);
  });
});

test('nothing is written through a link that leads out of the root', async () => {
  await inFolder(async (outer) => {
    const root = join(outer, 'run');
    await mkdir(join(outer, 'elsewhere'));
    await mkdir(root);
    await symlink('../elsewhere', join(root, 'features'));
    await writeFile(join(outer, 'elsewhere/k'), 'theirs');
    const storage = openLocalStorage(root);
    for (const key of ['features/k', 'features/deep/k']) {
      await assert.rejects(storage.create(key, bytes), { code: 'E_STORAGE_KEY' });
      await assert.rejects(storage.replace(key, bytes), { code: 'E_STORAGE_KEY' });
      await assert.rejects(storage.remove(key), { code: 'E_STORAGE_KEY' });
    }
    assert.deepEqual(await readdir(join(outer, 'elsewhere')), ['k']);
    assert.deepEqual(await readdir(join(root, '.tmp')), []);
  });
});

test('a file where a folder is needed, and a folder where a file is, are E_OUTPUT_NOT_WRITABLE', async () => {
  await inFolder(async (root) => {
    await writeFile(join(root, 'file'), '');
    await mkdir(join(root, 'folder/full'), { recursive: true });
    const storage = openLocalStorage(root);
    await assert.rejects(storage.create('file/k', bytes), { code: 'E_OUTPUT_NOT_WRITABLE' });
    await assert.rejects(storage.replace('folder', bytes), { code: 'E_OUTPUT_NOT_WRITABLE' });
    assert.equal(await storage.create('folder', bytes), 'exists');
    const below = openLocalStorage(join(root, 'file/out'));
    await assert.rejects(below.create('k', bytes), { code: 'E_OUTPUT_NOT_WRITABLE' });
  });
});

test('a name longer than the file system takes is E_STORAGE_KEY, and missing to a read', async () => {
  await inFolder(async (root) => {
    const key = 'n'.repeat(300);
    await assert.rejects(openLocalStorage(root).create(key, bytes), { code: 'E_STORAGE_KEY' });
    assert.deepEqual(await openLocalStorage(root).read(key), { status: 'missing' });
  });
});

test('a folder that may not be written is E_OUTPUT_NOT_WRITABLE', {
  skip: process.getuid?.() === 0 ? 'root may write everywhere' : false,
}, async () => {
  await inFolder(async (root) => {
    await chmod(root, 0o500);
    await assert.rejects(openLocalStorage(root).create('k', bytes), { code: 'E_OUTPUT_NOT_WRITABLE' });
    await chmod(root, 0o700);
  });
});

test('a file system that answers new folders with ENOENT is E_OUTPUT_NOT_WRITABLE', {
  skip: existsSync('/proc/self') ? false : 'there is no /proc here',
}, async () => {
  const store = openLocalStorage('/proc/verger');
  await assert.rejects(store.create('folder/key', bytes), { code: 'E_OUTPUT_NOT_WRITABLE' });
});
