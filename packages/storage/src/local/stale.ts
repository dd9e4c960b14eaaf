import { lstat, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { TEMPORARY_FOLDER } from '../names.ts';
import { isS3Location } from '../s3/place.ts';
import { onDisk, systemCode } from './fs-errors.ts';
import { breakStaleLock } from './lock.ts';
import { ownerState } from './owner.ts';

/** A file that nobody wrote to for a day is left over, whoever made it. */
const ABANDONED_MS = 24 * 60 * 60_000;

/**
 * Removes what dead processes of this host left in `<root>/.tmp/`, and what is older than a day. Gives the
 * number removed. Call it at the start of an epoch. A bucket has none. Errors: those of `onDisk`.
 */
export async function removeStaleTemporaries(root: string): Promise<number> {
  if (isS3Location(root)) return 0;
  const folder = join(root, TEMPORARY_FOLDER);
  return await onDisk({ location: folder }, async () => {
    let removed = 0;
    for (const name of await namesIn(folder)) {
      const path = join(folder, name);
      if (name.startsWith('lock-')) {
        await breakStaleLock(path);
      } else if (await isStale(path, name)) {
        await rm(path, { recursive: true, force: true });
        removed += 1;
      }
    }
    return removed;
  });
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR') return [];
    throw error;
  }
}

async function isStale(path: string, name: string): Promise<boolean> {
  const state = ownerState(name);
  if (state === 'dead') return true;
  if (state === 'unknown') return false;
  const found = await lstat(path).catch(() => undefined);
  return found !== undefined && Date.now() - found.mtimeMs > ABANDONED_MS;
}
