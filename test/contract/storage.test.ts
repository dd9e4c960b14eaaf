import { type link, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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

storageContract('local folder without hard links', async () => {
  const { root, dispose } = await emptyFolder();
  const refuse: typeof link = async () => {
    throw Object.assign(new Error('EPERM: operation not permitted, link'), { code: 'EPERM' });
  };
  return { storage: openLocalStorage(root, { calls: { link: refuse } }), dispose };
});
