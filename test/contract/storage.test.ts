import { type link, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Storage } from '@verger/core';
import { openLocalStorage } from '@verger/storage';
import { storageContract } from './storage.ts';

async function emptyFolder() {
  const root = await mkdtemp(join(tmpdir(), 'verger-storage-'));
  return { root, dispose: async () => await rm(root, { recursive: true, force: true }) };
}

storageContract('local folder', async () => {
  const { root, dispose } = await emptyFolder();
  return { storage: openLocalStorage(root), dispose };
});

storageContract('local folder, small files', async () => {
  const { root, dispose } = await emptyFolder();
  const storage = openLocalStorage(root);
  // Files that are known to be small are read on another way.
  const read: Storage['read'] = async (key, options) => {
    const result = await storage.read(key, { maxBytes: 1024 * 1024, ...options });
    const large = result.status === 'too-large' && options?.maxBytes === undefined;
    return large ? await storage.read(key, options) : result;
  };
  return { storage: { ...storage, read }, dispose };
});

storageContract('local folder without hard links', async () => {
  const { root, dispose } = await emptyFolder();
  const refuse: typeof link = async () => {
    throw Object.assign(new Error('EPERM: operation not permitted, link'), { code: 'EPERM' });
  };
  return { storage: openLocalStorage(root, { calls: { link: refuse } }), dispose };
});
