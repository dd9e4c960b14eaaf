import { type FileHandle, link, lstat, mkdir, open, rename, rm, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { VergerError } from '@verger/core';
import { TEMPORARY_FOLDER } from '../names.ts';
import { onDisk, storageError, systemCode } from './fs-errors.ts';
import { withLock } from './lock.ts';
import { ownedName } from './owner.ts';
import { checkWithin, contains, realFolder } from './real-path.ts';

/** The system calls that make a file. Tests put failing ones in their place. */
export interface WriteCalls {
  readonly open: typeof open;
  readonly link: (existing: string, created: string) => Promise<void>;
  readonly rename: (from: string, to: string) => Promise<void>;
}

/** The real ones. */
export const WRITE_CALLS: WriteCalls = { open, link, rename };

/**
 * A storage that is written: its absolute root, the places that it must lie in, if any, and the calls to do
 * it with.
 */
export interface WriteRoot {
  readonly root: string;
  readonly within?: readonly string[] | undefined;
  readonly calls: WriteCalls;
}

/** The bytes of a file, whole or in pieces. */
export type Body = Uint8Array | AsyncIterable<Uint8Array>;

/** What `link` says where hard links are not to be had. */
export const NO_LINKS = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EXDEV', 'EMLINK'];

/**
 * Creates `key` whole or not at all: temporary file, fsync, `link` to its name, fsync of the folder. Where
 * there are no hard links: a lock and `rename`. Errors: those of `onDisk`, and whatever the body throws.
 */
export async function createFile(target: WriteRoot, key: string, body: Body): Promise<'created' | 'exists'> {
  const path = join(target.root, key);
  return await withTemporary(target, { key, body }, async (temporary) => {
    const outcome = await publish(target.calls, key, { temporary, path });
    // Also for the loser: it may build on a name that the winner has not made durable yet.
    await syncFolder(target.calls, dirname(path));
    return outcome;
  });
}

/**
 * Writes `key` whole over what is there: temporary file, fsync, `rename`, fsync of the folder. Errors: as
 * `createFile`.
 */
export async function replaceFile(target: WriteRoot, key: string, body: Body): Promise<void> {
  const path = join(target.root, key);
  await withTemporary(target, { key, body }, async (temporary) => {
    await target.calls.rename(temporary, path);
    await syncFolder(target.calls, dirname(path));
  });
}

/** Removes `key`, durably; nothing happens when it is not there. Errors: those of `onDisk`. */
export async function removeFile(target: WriteRoot, key: string): Promise<void> {
  const path = join(target.root, key);
  await onDisk({ path: key, location: target.root }, async () => {
    await checkInside(target, dirname(path), key);
    try {
      await unlink(path);
    } catch (error) {
      if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR') return;
      throw error;
    }
    await syncFolder(target.calls, dirname(path));
  });
}

async function publish(
  calls: WriteCalls,
  key: string,
  { temporary, path }: { temporary: string; path: string },
): Promise<'created' | 'exists'> {
  try {
    await calls.link(temporary, path);
    return 'created';
  } catch (error) {
    const code = systemCode(error) ?? '';
    // NFS may answer EEXIST to its own repetition of a link that worked.
    if (code === 'EEXIST') return (await isSameFile(temporary, path)) ? 'created' : 'exists';
    if (!NO_LINKS.includes(code)) throw error;
  }
  return await withLock(dirname(temporary), key, async () => {
    if (await exists(path)) return 'exists';
    await calls.rename(temporary, path);
    return 'created';
  });
}

async function withTemporary<T>(
  target: WriteRoot,
  file: { key: string; body: Body },
  use: (temporary: string) => Promise<T>,
): Promise<T> {
  const { root, calls } = target;
  const place = { path: file.key, location: root };
  const temporaries = join(root, TEMPORARY_FOLDER);
  const temporary = join(temporaries, ownedName());
  const handle = await onDisk(place, async () => {
    await checkWithin(root, target.within);
    await makeFolder(temporaries, calls);
    await checkInside(target, dirname(join(root, file.key)), file.key);
    await makeFolder(dirname(join(root, file.key)), calls);
    return await openTemporary(temporary, calls);
  });
  try {
    try {
      await writeBody(handle, file.body, (step) => onDisk(place, step));
      await onDisk(place, () => handle.sync());
    } finally {
      await onDisk(place, () => handle.close());
    }
    return await onDisk(place, () => use(temporary));
  } finally {
    const remove = async () => await rm(temporary, { force: true });
    // Once more: of a run that is finished nobody would look for it again.
    await remove()
      .catch(remove)
      .catch(() => undefined);
  }
}

/** Whoever finishes a run removes the folder while it is empty, so it may be gone again. */
async function openTemporary(temporary: string, calls: WriteCalls): Promise<FileHandle> {
  try {
    return await calls.open(temporary, 'wx');
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
    await makeFolder(dirname(temporary), calls);
    return await calls.open(temporary, 'wx');
  }
}

async function writeBody(
  handle: FileHandle,
  body: Body,
  guarded: (step: () => Promise<void>) => Promise<void>,
): Promise<void> {
  const chunks = body instanceof Uint8Array ? [body] : body;
  for await (const chunk of chunks) {
    await guarded(() => writeAll(handle, chunk));
  }
}

/**
 * The nearest folder that exists, links resolved, must be inside the root: else a link in a run would write
 * elsewhere.
 */
async function checkInside({ root, within }: WriteRoot, folder: string, key: string): Promise<void> {
  await checkWithin(root, within);
  if (contains(await realFolder(root), await realFolder(folder))) return;
  throw new VergerError('E_STORAGE_KEY', { path: key, location: root }, { detail: 'It is a symbolic link.' });
}

/**
 * Makes a folder and those above it, durably. Not by mkdir's own `recursive`, which never returns where a
 * folder that is there answers ENOENT to every new name (/proc) [M]. A file in its place is no error here.
 * Errors: the system's; E_OUTPUT_NOT_WRITABLE there.
 */
export async function makeFolder(folder: string, calls: WriteCalls = WRITE_CALLS): Promise<void> {
  try {
    await mkdir(folder);
  } catch (error) {
    const parent = dirname(folder);
    if (systemCode(error) === 'EEXIST') return;
    if (systemCode(error) !== 'ENOENT' || parent === folder) throw error;
    await makeFolder(parent, calls);
    try {
      await mkdir(folder);
    } catch (again) {
      if (systemCode(again) === 'EEXIST') return;
      throw systemCode(again) === 'ENOENT'
        ? storageError('E_OUTPUT_NOT_WRITABLE', { location: folder }, again)
        : again;
    }
  }
  await syncFolder(calls, dirname(folder));
}

async function syncFolder(calls: WriteCalls, folder: string): Promise<void> {
  try {
    const handle = await calls.open(folder, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    // File systems that cannot sync a folder say so; a folder that may be written but not read cannot be
    // opened.
    if (!['EINVAL', 'ENOTSUP', 'EISDIR', 'EACCES', 'EPERM'].includes(systemCode(error) ?? '')) throw error;
  }
}

async function isSameFile(one: string, other: string): Promise<boolean> {
  const [a, b] = await Promise.all([lstat(one, { bigint: true }), lstat(other, { bigint: true })]);
  return a.dev === b.dev && a.ino === b.ino;
}

/** True when something is at that path, a dangling link too. Errors: the system's. */
export async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return false;
    throw error;
  }
}

/** Writes all of these bytes where the file's last ones end. Errors: the system's. */
export async function writeAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    done += (await handle.write(bytes, done, bytes.length - done)).bytesWritten;
  }
}
