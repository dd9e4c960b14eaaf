import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { lockName } from './lock.ts';
import { ownedName } from './owner.ts';
import { removeStaleTemporaries } from './stale.ts';

const NO_PROCESS = 2 ** 22 + 1;
const dead = () => ownedName().replace(/^\d+/, String(NO_PROCESS));
const elsewhere = () => `${ownedName()}-other`;

test('what dead processes of this host left goes; the living, other hosts and strangers stay', async () => {
  const root = await mkdtemp(join(tmpdir(), 'verger-stale-'));
  try {
    const folder = join(root, '.tmp');
    assert.equal(await removeStaleTemporaries(root), 0);
    await mkdir(folder);
    const stay = [ownedName(), elsewhere(), 'notes.txt'];
    const old = elsewhere();
    const [file, prepared] = [dead(), dead()];
    for (const name of [...stay, old, file]) await writeFile(join(folder, name), 'half');
    await mkdir(join(folder, prepared));
    await writeFile(join(folder, prepared, prepared), '');
    await utimes(join(folder, old), 1, 1);
    await utimes(join(folder, 'notes.txt'), 1, 1);
    const locks = [
      { lock: lockName('gone'), owner: dead() },
      { lock: lockName('held'), owner: ownedName() },
    ];
    for (const { lock, owner } of locks) {
      await mkdir(join(folder, lock));
      await writeFile(join(folder, lock, owner), '');
    }
    assert.equal(await removeStaleTemporaries(root), 3);
    assert.deepEqual((await readdir(folder)).sort(), [...stay, lockName('held')].sort());
    assert.equal(await removeStaleTemporaries(root), 0);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
});
