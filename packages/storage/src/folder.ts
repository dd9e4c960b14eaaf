import { type Dirent, lstat as lstatCallback, stat as statCallback } from 'node:fs';
import { opendir, realpath } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { ImageErrorCode, StoredEntry } from '@verger/core';
import { storageError, systemCode } from './fs-errors.ts';
import { escapeName, isUtf8Name, TEMPORARY_FOLDER, textOf } from './names.ts';
import { contains } from './real-path.ts';

/** Directory entries fetched by one call. */
const NAMES_AT_ONCE = 1024;

// Half the time of fs/promises [M]: those make an error stack for every call in advance.
const lstat = promisify(lstatCallback);
const stat = promisify(statCallback);

/** A folder on the way. `path` is a byte string without a '/' at its end; `key` is text, empty or ending in '/'. */
export interface Folder {
  readonly path: string;
  readonly key: string;
  /** A name on the way here is not UTF-8. */
  readonly odd: boolean;
}

/** One name in a folder. `segment` is what it adds to the key, as a byte string that is UTF-8; a folder's ends in '/'. */
export interface Name {
  readonly raw: string;
  readonly segment: string;
  readonly kind: 'folder' | 'file' | 'link' | 'other';
  readonly odd: boolean;
}

/** A name while it waits its turn: most are UTF-8 names of files, which are held as the bare byte string [M: a third less memory]. */
export type HeldName = string | Name;

/** The name that was held. */
export function nameOf(held: HeldName): Name {
  return typeof held === 'string' ? { raw: held, segment: held, kind: 'file', odd: false } : held;
}

/** The folder of that name in a folder. */
export function subfolder(folder: Folder, name: Name): Folder {
  return {
    path: `${folder.path}/${name.raw}`,
    key: folder.key + textOf(name.segment),
    odd: name.odd,
  };
}

/**
 * The names of a folder, in byte order of the segments, only those that start with `filter` (a byte string); undefined when the
 * folder is gone. Memory: about 100 bytes a name. Errors: E_INPUT_UNREADABLE, E_STORAGE.
 */
export async function readNames(folder: Folder, filter: string): Promise<HeldName[] | undefined> {
  const names: HeldName[] = [];
  try {
    // opendir takes 'buffer' as readdir does; only its types do not say so. readdir needs more than twice the memory [M].
    const options = { encoding: 'buffer' as BufferEncoding, bufferSize: NAMES_AT_ONCE };
    for await (const entry of await opendir(Buffer.from(`${folder.path}/`, 'latin1'), options)) {
      const name = heldName(folder, entry as unknown as Dirent<Buffer>);
      if (segmentOf(name).startsWith(filter) && !isTemporaryFolder(folder, name)) names.push(name);
    }
  } catch (error) {
    return goneOr(error, folder);
  }
  return names.sort((a, b) => {
    const [first, second] = [segmentOf(a), segmentOf(b)];
    return first < second ? -1 : first > second ? 1 : 0;
  });
}

function segmentOf(held: HeldName): string {
  return typeof held === 'string' ? held : held.segment;
}

function heldName(folder: Folder, entry: Dirent<Buffer>): HeldName {
  const raw = entry.name.toString('latin1');
  const odd = folder.odd || !isUtf8Name(raw);
  if (entry.isFile() && !odd) return raw;
  const segment = odd ? escapeName(raw) : raw;
  if (entry.isDirectory()) return { raw, segment: `${segment}/`, kind: 'folder', odd };
  return { raw, segment, kind: entry.isFile() ? 'file' : entry.isSymbolicLink() ? 'link' : 'other', odd };
}

function isTemporaryFolder(folder: Folder, name: HeldName): boolean {
  return folder.key === '' && segmentOf(name) === `${TEMPORARY_FOLDER}/`;
}

/**
 * The entry of a name that is no folder: undefined when it is gone, refused when it must not be opened. `rootReal` is the
 * resolved root. Errors: E_INPUT_UNREADABLE, E_STORAGE.
 */
export async function entryOf(
  folder: Folder,
  name: Name,
  rootReal: string,
): Promise<StoredEntry | undefined> {
  const path = Buffer.from(`${folder.path}/${name.raw}`, 'latin1');
  const key = folder.key + textOf(name.segment);
  try {
    const own = await lstat(path, { bigint: true });
    const target = own.isSymbolicLink() ? await linkTarget(path, rootReal) : own;
    const { size, mtimeNs } = target ?? own;
    const refused: ImageErrorCode | undefined = name.odd
      ? 'E_IMG_NAME'
      : target === undefined
        ? 'E_IMG_OUTSIDE_ROOT'
        : target.isFile()
          ? undefined
          : 'E_IMG_NOT_A_FILE';
    const entry = { key, bytes: Number(size), version: `mtime:${mtimeNs}` };
    return refused === undefined ? entry : { ...entry, refused };
  } catch (error) {
    return goneOr(error, folder);
  }
}

/** What a link leads to, or undefined when that is outside of the root, nothing, a loop, or not to be looked at. */
async function linkTarget(link: Buffer, rootReal: string) {
  const codes = ['ENOENT', 'ENOTDIR', 'ELOOP', 'EACCES', 'EPERM', 'ENAMETOOLONG'];
  try {
    const real = await realpath(link, 'buffer');
    const inside = contains(Buffer.from(rootReal).toString('latin1'), real.toString('latin1'));
    return inside ? await stat(real, { bigint: true }) : undefined;
  } catch (error) {
    if (codes.includes(systemCode(error) ?? '')) return undefined;
    throw error;
  }
}

/** Undefined when it is gone. Errors: E_INPUT_UNREADABLE when it may not be looked at, E_STORAGE for what may heal. */
export function goneOr(error: unknown, folder: Pick<Folder, 'path'>): undefined {
  const code = systemCode(error);
  if (code === undefined) throw error;
  if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
  const denied = code === 'EACCES' || code === 'EPERM';
  const location = Buffer.from(folder.path === '' ? '/' : folder.path, 'latin1').toString();
  throw storageError(denied ? 'E_INPUT_UNREADABLE' : 'E_STORAGE', { location }, error);
}
