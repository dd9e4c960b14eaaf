import { createHash } from 'node:crypto';
import { link, open, rename, rm, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { StoredFile } from '@verger/core';
import { onDisk, systemCode } from './fs-errors.ts';
import { ownedName } from './owner.ts';
import { exists, makeFolder, NO_LINKS, writeAll } from './write-file.ts';

/** A file that comes to be whole or not at all. */
export interface WholeFile {
  write(bytes: Uint8Array): Promise<void>;
  /** Ends the writing: the bytes are durable, under a temporary name. Gives their sha256 and number. */
  close(): Promise<StoredFile>;
  /** Removes what has its name, if anything does. */
  clear(): Promise<void>;
  /** Gives the closed file its name; `exists` when there is one already and it is not to be written over. */
  publish(options: { readonly overwrite: boolean }): Promise<'created' | 'exists'>;
  /** Removes what is left of it. To be called in any case; does nothing after `publish` created the file. */
  discard(): Promise<void>;
}

/** True when something is at that path, a dangling link too. Errors: those of `onDisk`. */
export async function isTaken(path: string): Promise<boolean> {
  return await onDisk({ location: path }, () => exists(path));
}

/**
 * Begins a file at a path of the user's, with a hidden temporary file beside it; folders are made as needed.
 * For files outside any storage. Errors of all steps: those of `onDisk`.
 */
export async function openWholeFile(path: string): Promise<WholeFile> {
  const place = { location: path };
  const temporary = join(dirname(path), `.${basename(path).slice(0, 24)}.${ownedName()}.part`);
  const handle = await onDisk(place, async () => {
    await makeFolder(dirname(path));
    return await open(temporary, 'wx');
  });
  const hash = createHash('sha256');
  let bytes = 0;
  let isOpen = true;
  const close = async () => {
    if (!isOpen) return;
    isOpen = false;
    await handle.close();
  };
  return {
    write: async (piece) => {
      hash.update(piece);
      bytes += piece.byteLength;
      await onDisk(place, () => writeAll(handle, piece));
    },
    close: async () => {
      await onDisk(place, async () => {
        await handle.sync();
        await close();
      });
      return { sha256: hash.digest('hex'), bytes };
    },
    clear: async () =>
      await onDisk(place, async () => {
        if (await isTaken(path)) await unlink(path);
      }),
    publish: async ({ overwrite }) => await onDisk(place, () => publish(temporary, path, overwrite)),
    discard: async () => {
      await close().catch(() => undefined);
      await rm(temporary, { force: true }).catch(() => undefined);
    },
  };
}

async function publish(temporary: string, path: string, overwrite: boolean): Promise<'created' | 'exists'> {
  if (!overwrite) {
    try {
      await link(temporary, path);
      return 'created';
    } catch (error) {
      if (systemCode(error) === 'EEXIST') return 'exists';
      // No hard links here: looked at, then renamed, which two writers at once could both do.
      if (!NO_LINKS.includes(systemCode(error) ?? '')) throw error;
      if (await isTaken(path)) return 'exists';
    }
  }
  await rename(temporary, path);
  return 'created';
}
