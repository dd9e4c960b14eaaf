import assert from 'node:assert/strict';
import fs from 'node:fs';
import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type LocalStorageOptions, openLocalStorage } from './storage.ts';

const skip = process.platform === 'linux' ? false : 'only Linux tells which file was opened';
const OUTSIDE = { status: 'refused', code: 'E_IMG_OUTSIDE_ROOT' };
/** A small file is read on this thread, others elsewhere. */
const WAYS = [{ maxBytes: 20 }, {}];

async function folders(t: TestContext): Promise<{ outer: string; root: string }> {
  const outer = await mkdtemp(join(tmpdir(), 'verger-race-'));
  t.after(async () => await rm(outer, { recursive: true, force: true }));
  const root = join(outer, 'allowed/root');
  for (const folder of ['allowed/root/real', 'secret/real', 'allowed/other']) {
    await mkdir(join(outer, folder), { recursive: true });
    await writeFile(join(outer, folder, 'x.jpg'), folder);
  }
  return { outer, root };
}

/** Does `swap` once, between the look at a path and its opening. */
function beforeOpening(t: TestContext, swap: () => void): void {
  let todo = swap;
  const now = () => {
    const then = todo;
    todo = () => {};
    then();
  };
  const { openSync } = fs;
  const { open } = fs.promises;
  t.mock.method(fs, 'openSync', (...args: Parameters<typeof openSync>) => {
    now();
    return openSync(...args);
  });
  t.mock.method(fs.promises, 'open', async (...args: Parameters<typeof open>) => {
    now();
    return await open(...args);
  });
  syncBuiltinESMExports();
  t.after(() => {
    t.mock.restoreAll();
    syncBuiltinESMExports();
  });
}

/** Reads `real/x.jpg` while the folder `at` is swapped for a link. */
async function readRaced(
  t: TestContext,
  how: { maxBytes?: number },
  { at, to, options }: { at: string; to: string; options?: (outer: string) => LocalStorageOptions },
) {
  const { outer, root } = await folders(t);
  const path = join(outer, at);
  beforeOpening(t, () => {
    fs.renameSync(path, `${path}-away`);
    fs.symlinkSync(to, path);
  });
  const result = await openLocalStorage(root, options?.(outer)).read('real/x.jpg', how);
  assert.ok(fs.lstatSync(path).isSymbolicLink(), 'swapped');
  return result.status === 'read' ? Buffer.from(result.bytes).toString() : result;
}

for (const how of WAYS) {
  const small = how.maxBytes === undefined ? 'a file' : 'a small file';
  test(`${small} that is opened through a link that was no link before is not read`, { skip }, async (t) => {
    const at = 'allowed/root/real';
    assert.deepEqual(await readRaced(t, how, { at, to: '../../secret/real' }), OUTSIDE);
  });
  test(`${small}: the root itself swapped for a link leads out of the places allowed`, {
    skip,
  }, async (t) => {
    const swapped = { at: 'allowed/root', to: '../secret' };
    for (const follow of [false, true]) {
      const options = (outer: string) => ({ follow, within: [join(outer, 'allowed')] });
      await t.test(`follow: ${follow}`, async (inner) => {
        assert.deepEqual(await readRaced(inner as TestContext, how, { ...swapped, options }), OUTSIDE);
      });
    }
  });
  test(`${small} that is replaced while it is opened is read, within the bounds`, { skip }, async (t) => {
    const options = (outer: string) => ({ follow: true, within: [join(outer, 'allowed')] });
    const swapped = { at: 'allowed/root/real', to: '../other', options };
    assert.equal(await readRaced(t, how, swapped), 'allowed/other');
  });
}

test('a file that is removed, or replaced, once it is open is read', { skip }, async (t) => {
  const { root } = await folders(t);
  const { openSync } = fs;
  t.mock.method(fs, 'openSync', (...args: Parameters<typeof openSync>) => {
    const fd = openSync(...args);
    fs.rmSync(join(root, 'real/x.jpg'));
    return fd;
  });
  syncBuiltinESMExports();
  t.after(() => {
    t.mock.restoreAll();
    syncBuiltinESMExports();
  });
  assert.equal((await openLocalStorage(root).read('real/x.jpg', { maxBytes: 20 })).status, 'read');
});

test('a root that is a link out of the allowed places is not read, listed or written', async (t) => {
  const { outer, root } = await folders(t);
  await rename(root, `${root}-away`);
  await symlink('../secret', root);
  for (const follow of [false, true]) {
    const storage = openLocalStorage(root, { follow, within: ['s3://bucket', join(outer, 'allowed')] });
    for (const how of WAYS) assert.deepEqual(await storage.read('real/x.jpg', how), OUTSIDE);
    const denied = { code: 'E_LOCATION_DENIED' };
    await assert.rejects(storage.list()[Symbol.asyncIterator]().next(), denied);
    for (const write of [storage.create, storage.replace]) {
      await assert.rejects(write('real/y.jpg', new Uint8Array(1)), denied);
    }
    await assert.rejects(storage.remove('real/x.jpg'), denied);
    assert.deepEqual(fs.readdirSync(join(outer, 'secret')), ['real']);
    assert.deepEqual(fs.readdirSync(join(outer, 'secret/real')), ['x.jpg']);
  }
  // Both the place and the root are links, which lead to the same.
  await symlink('secret', join(outer, 'link'));
  const storage = openLocalStorage(root, { within: [join(outer, 'link')] });
  for (const how of WAYS) assert.equal((await storage.read('real/x.jpg', how)).status, 'read');
  assert.equal(await storage.create('real/y.jpg', new Uint8Array(1)), 'created');
});
