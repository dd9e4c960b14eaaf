import { lstat, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type ListOptions, type StoredEntry, VergerError } from '@verger/core';
import { rawOf } from '../names.ts';
import {
  entryOf,
  type Folder,
  goneOr,
  type HeldName,
  type LinkRoot,
  type Name,
  nameOf,
  type Resolve,
  readNames,
  subfolder,
} from './folder.ts';
import { followLinks } from './follow.ts';
import { storageError, systemCode } from './fs-errors.ts';

/**
 * Names looked at together: hides the latency of network file systems and keeps libuv's four threads busy.
 */
const NAMES_AHEAD = 64;

/** A name, and what it was found to be: no entry for a folder and for what vanished. */
interface Looked {
  readonly name: Name;
  readonly entry: StoredEntry | undefined;
}

/**
 * A folder being walked. Both arrays are in descending order and are emptied from their end, so that memory
 * shrinks on the way.
 */
interface Frame {
  readonly folder: Folder;
  names: HeldName[];
  readonly ahead: Looked[];
}

/** How a walk goes: what is listed, and whether links are followed. */
export interface WalkOptions extends ListOptions {
  readonly follow?: boolean;
}

/**
 * The entries below a folder in byte order of their keys; a folder compares as `name/`, so the order of
 * siblings is that of whole keys. A symbolic link to a file inside the root is a file; no other link is
 * followed, unless `follow` says that all are: then they are listed under their own path (see `followLinks`),
 * but for a shallow list. Cost: one lstat an entry; memory: the names of one folder and of those above it.
 * Errors: E_INPUT_MISSING, E_INPUT_UNREADABLE, E_INPUT_TOO_DEEP, E_STORAGE.
 */
export async function* walk(root: string, options: WalkOptions = {}): AsyncGenerator<StoredEntry> {
  const prefix = options.prefix ?? '';
  const rootReal = await realRoot(root);
  const follows = options.follow === true && options.shallow !== true;
  const found = await startFolder(root, prefix.slice(0, prefix.lastIndexOf('/') + 1));
  const start = found && follows ? { ...found, real: realStart(rootReal, found.key) } : found;
  const stack: Frame[] = [];
  const way = () => new Set(stack.map(({ folder }) => folder.real ?? ''));
  const to: Entering = { stack, resolve: follows ? followLinks(way) : undefined };
  if (start !== undefined) await enter(to, start, rawOf(prefix.slice(start.key.length)));
  for (let frame = stack.at(-1); frame !== undefined; frame = stack.at(-1)) {
    const looked = await nextIn(frame, follows ? undefined : rootReal);
    if (looked === undefined) {
      stack.pop();
    } else if (looked.name.kind !== 'folder') {
      if (looked.entry !== undefined) yield looked.entry;
    } else if (options.shallow === true) {
      yield { key: subfolder(frame.folder, looked.name).key, bytes: 0, version: '' };
    } else {
      await enter(to, subfolder(frame.folder, looked.name), '');
    }
  }
}

const UNREADABLE = ['ENOTDIR', 'EACCES', 'EPERM', 'ELOOP', 'ENAMETOOLONG'];

async function realRoot(root: string): Promise<string> {
  try {
    const real = await realpath(root);
    if ((await stat(real)).isDirectory()) return real;
  } catch (error) {
    const code = systemCode(error) ?? '';
    const unread = UNREADABLE.includes(code) ? 'E_INPUT_UNREADABLE' : 'E_STORAGE';
    throw storageError(code === 'ENOENT' ? 'E_INPUT_MISSING' : unread, { location: root }, error);
  }
  throw new VergerError('E_INPUT_UNREADABLE', { location: root }, { detail: 'It is not a folder.' });
}

/** The folder of a prefix (text, empty or ending in '/'); undefined when a walk would not come there. */
async function startFolder(root: string, key: string): Promise<Folder | undefined> {
  let path = root === '/' ? '' : root;
  for (const segment of key.split('/').slice(0, -1)) {
    path += `/${segment}`;
    const folder = { path: rawOf(path) };
    const found = await lstat(path).catch((error: unknown) => goneOr(error, folder));
    if (!found?.isDirectory()) return undefined;
  }
  return { path: rawOf(path), key, odd: false };
}

/** The real path, a byte string, of a folder below the root that no link leads to. */
function realStart(rootReal: string, key: string): string {
  return rawOf(key === '' ? rootReal : join(rootReal, key).slice(0, -1));
}

/** The folders on the way, and what decides about links. */
interface Entering {
  readonly stack: Frame[];
  readonly resolve: Resolve | undefined;
}

async function enter({ stack, resolve }: Entering, folder: Folder, filter: string): Promise<void> {
  const frame: Frame = { folder, names: [], ahead: [] };
  stack.push(frame);
  const names = await readNames(folder, filter, resolve);
  if (names === undefined) stack.pop();
  else frame.names = names.reverse();
}

async function nextIn(frame: Frame, rootReal: LinkRoot): Promise<Looked | undefined> {
  if (frame.ahead.length === 0) {
    const look = async (held: HeldName): Promise<Looked> => {
      const name = nameOf(held);
      const entry = name.kind === 'folder' ? undefined : await entryOf(frame.folder, name, rootReal);
      return { name, entry };
    };
    frame.ahead.push(...(await Promise.all(frame.names.splice(-NAMES_AHEAD).map(look))));
  }
  return frame.ahead.pop();
}
