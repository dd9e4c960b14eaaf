import { lstat, readdir, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { TEMPORARY_FOLDER } from '../names.ts';
import { isS3Location } from '../s3/place.ts';
import { onDisk, systemCode } from './fs-errors.ts';
import { removeStaleTemporaries } from './stale.ts';

/**
 * What rmdir says of a folder that is not to be removed: not empty, not there, no folder (a link to one is
 * not), the working folder of none.
 */
const STAYS = ['ENOTEMPTY', 'EEXIST', 'ENOENT', 'ENOTDIR', 'EBUSY'];

/**
 * Removes the folders of those names in `root` that hold nothing but empty folders, then verger's folder of
 * temporary files when nothing alive is in it. Gives true when `root` itself was empty then, and is gone too;
 * with `keepRoot` it stays. Files are never touched. A bucket has no folders: false. Errors: those of
 * `onDisk`.
 */
export async function removeEmptyFolders(
  root: string,
  names: readonly string[],
  { keepRoot = false }: { keepRoot?: boolean } = {},
): Promise<boolean> {
  if (isS3Location(root)) return false;
  await removeStaleTemporaries(root);
  for (const name of [...names, TEMPORARY_FOLDER]) await removeEmpty(join(root, name));
  return keepRoot ? false : await onDisk({ location: root }, () => removeOne(root));
}

/**
 * Removes the folder of temporary files when it is empty. For a run that is finished: whoever writes to it
 * later makes the folder again. A bucket has none. Never throws: an empty folder does no harm.
 */
export async function removeEmptyTemporaries(root: string): Promise<void> {
  if (!isS3Location(root)) await removeOne(join(root, TEMPORARY_FOLDER)).catch(() => false);
}

/** Folders in it first; links are not followed. */
async function removeEmpty(folder: string): Promise<void> {
  await onDisk({ location: folder }, async () => {
    try {
      if (!(await lstat(folder)).isDirectory()) return;
      for (const entry of await readdir(folder, { withFileTypes: true })) {
        if (entry.isDirectory()) await removeEmpty(join(folder, entry.name));
      }
    } catch (error) {
      if (!STAYS.includes(systemCode(error) ?? '')) throw error;
    }
    await removeOne(folder);
  });
}

async function removeOne(folder: string): Promise<boolean> {
  try {
    await rmdir(folder);
    return true;
  } catch (error) {
    if (STAYS.includes(systemCode(error) ?? '')) return false;
    throw error;
  }
}
