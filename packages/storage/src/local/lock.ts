import { createHash } from 'node:crypto';
import { lstat, mkdir, readdir, rename, rm, rmdir, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { VergerError } from '@verger/core';
import { systemCode } from './fs-errors.ts';
import { ownedName, ownerState } from './owner.ts';

/** A lock is held for one rename; one from another machine that is older than this was left behind. */
const STALE_MS = 10 * 60_000;
const PATIENCE_MS = 30_000;

/** The name of the lock folder of a key. */
export function lockName(key: string): string {
  return `lock-${createHash('sha256').update(key).digest('hex')}`;
}

/**
 * Runs `action` while holding the lock of a key: a folder in `temporaries` that holds one file with its
 * owner's name. It is taken by renaming a prepared folder onto it, which fails while the lock is not empty,
 * so a lock never exists without its owner; the lock of a dead owner is emptied by that owner's name, so
 * nobody can break the lock of somebody else. For file systems without hard links. Errors: E_STORAGE when it
 * is not free within 30 s.
 */
export async function withLock<T>(temporaries: string, key: string, action: () => Promise<T>): Promise<T> {
  const lock = join(temporaries, lockName(key));
  const owner = ownedName();
  const prepared = join(temporaries, owner);
  await mkdir(prepared);
  try {
    await writeFile(join(prepared, owner), '');
    await take(prepared, lock, key);
  } catch (error) {
    await rm(prepared, { recursive: true, force: true });
    throw error;
  }
  try {
    return await action();
  } finally {
    await release(lock, owner);
  }
}

async function take(prepared: string, lock: string, key: string): Promise<void> {
  const until = performance.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await rename(prepared, lock);
    } catch (error) {
      if (!['ENOTEMPTY', 'EEXIST'].includes(systemCode(error) ?? '')) throw error;
    }
    await breakStaleLock(lock);
    if (performance.now() > until) {
      const owners = await readdir(lock).catch(() => []);
      throw new VergerError('E_STORAGE', { path: key }, { detail: `It is locked by ${owners.join(', ')}.` });
    }
    await delay(5 + Math.random() * 20);
  }
}

async function release(lock: string, owner: string): Promise<void> {
  await unlink(join(lock, owner)).catch(() => undefined);
  await rmdir(lock).catch(() => undefined);
}

/** Frees a lock whose owner is dead, or far away and long silent. Harmless on any other. */
export async function breakStaleLock(lock: string): Promise<void> {
  for (const owner of await readdir(lock).catch(() => [])) {
    const state = ownerState(owner);
    const held = await lstat(join(lock, owner)).catch(() => undefined);
    const old = held !== undefined && Date.now() - held.mtimeMs > STALE_MS;
    if (state === 'dead' || (state !== 'alive' && old)) await release(lock, owner);
  }
}
