import { type BigIntStats, type Dirent, lstat as lstatCallback, stat as statCallback } from 'node:fs';
import { opendir, realpath } from 'node:fs/promises';
import { promisify } from 'node:util';
import { type ImageErrorCode, type LinkFault, type StoredEntry, VergerError } from '@verger/core';
import { escapeName, isUtf8Name, TEMPORARY_FOLDER, textOf } from '../names.ts';
import { storageError, systemCode } from './fs-errors.ts';
import { contains } from './real-path.ts';

/** Directory entries fetched by one call. */
const NAMES_AT_ONCE = 1024;

// Half the time of fs/promises [M]: those make an error stack for every call in advance.
const lstat = promisify(lstatCallback);
const stat = promisify(statCallback);

/**
 * A folder on the way. `path` is a byte string without a '/' at its end, which begins at the last link that
 * was followed, so that looks at what is in it cost no links; `key` is text, empty or ending in '/'.
 */
export interface Folder {
  readonly path: string;
  readonly key: string;
  /** A name on the way here is not UTF-8. */
  readonly odd: boolean;
  /**
   * Where links are followed: its real path, a byte string; and how many linked folders are on the way here,
   * this one included.
   */
  readonly real?: string;
  readonly links?: number;
}

/**
 * One name in a folder. `segment` is what it adds to the key, as a byte string that is UTF-8; a folder's ends
 * in '/'.
 */
export interface Name {
  readonly raw: string;
  readonly segment: string;
  readonly kind: 'folder' | 'file' | 'link' | 'other';
  readonly odd: boolean;
  /** Of a link that is a folder because links are followed: its real path, a byte string. */
  readonly real?: string;
  /** Set for a folder that is not entered although links are followed. */
  readonly fault?: LinkFault;
}

/**
 * A name while it waits its turn: most are UTF-8 names of files, which are held as the bare byte string [M: a
 * third less memory].
 */
export type HeldName = string | Name;

/** The name that was held. */
export function nameOf(held: HeldName): Name {
  return typeof held === 'string' ? { raw: held, segment: held, kind: 'file', odd: false } : held;
}

/** The folder of that name in a folder. */
export function subfolder(folder: Folder, name: Name): Folder {
  return {
    path: name.real?.replace(/\/$/, '') ?? `${folder.path}/${name.raw}`,
    key: folder.key + textOf(name.segment),
    odd: name.odd,
    ...(folder.real === undefined ? {} : realOf(folder.real, folder.links ?? 0, name)),
  };
}

function realOf(parent: string, links: number, { raw, real }: Name): Pick<Folder, 'real' | 'links'> {
  return { real: real ?? childOf(parent, raw), links: links + (real === undefined ? 0 : 1) };
}

/** The path of a name in a folder; both byte strings. */
export function childOf(folder: string, raw: string): string {
  return folder === '/' ? `/${raw}` : `${folder}/${raw}`;
}

/** Decides, before names are sorted, which of them are folders because links are followed. */
export type Resolve = (folder: Folder, names: HeldName[]) => Promise<HeldName[]>;

/**
 * The names of a folder, in byte order of the segments, only those that start with `filter` (a byte string);
 * undefined when the folder is gone. Memory: about 100 bytes a name. Errors: E_INPUT_UNREADABLE,
 * E_INPUT_TOO_DEEP, E_STORAGE.
 */
export async function readNames(
  folder: Folder,
  filter: string,
  resolve?: Resolve,
): Promise<HeldName[] | undefined> {
  let names: HeldName[] = [];
  try {
    // opendir takes 'buffer' as readdir does; only its types do not say so. readdir needs more than twice the
    // memory [M].
    const options = { encoding: 'buffer' as BufferEncoding, bufferSize: NAMES_AT_ONCE };
    for await (const entry of await opendir(Buffer.from(`${folder.path}/`, 'latin1'), options)) {
      const name = heldName(folder, entry as unknown as Dirent<Buffer>);
      if (segmentOf(name).startsWith(filter)) names.push(name);
    }
    if (resolve !== undefined) names = await resolve(folder, names);
  } catch (error) {
    return goneOr(error, folder);
  }
  if (folder.key === '') names = names.filter((name) => segmentOf(name) !== `${TEMPORARY_FOLDER}/`);
  return names.sort(bySegment);
}

/** Byte order of the segments. */
export function bySegment(a: HeldName, b: HeldName): number {
  const [first, second] = [segmentOf(a), segmentOf(b)];
  return first < second ? -1 : first > second ? 1 : 0;
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

/** What a walk knows of links: the resolved root that none may leave, or undefined where all are followed. */
export type LinkRoot = string | undefined;

/**
 * The entry of a name that is no folder: undefined when it is gone, refused when it must not be opened.
 * Errors: E_INPUT_UNREADABLE, E_INPUT_TOO_DEEP, E_STORAGE.
 */
export async function entryOf(
  folder: Folder,
  name: Name,
  rootReal: LinkRoot,
): Promise<StoredEntry | undefined> {
  const path = Buffer.from(`${folder.path}/${name.raw}`, 'latin1');
  const key = folder.key + textOf(name.segment);
  // A folder that is not entered, of which enough is known: there may be very many.
  if (name.fault !== undefined) {
    const refused = name.odd ? 'E_IMG_NAME' : 'E_IMG_NOT_A_FILE';
    return { key, bytes: 0, version: '', refused, link: name.fault };
  }
  try {
    const own = await lstat(path, { bigint: true });
    const target: Target = own.isSymbolicLink() ? await linkTarget(path, rootReal) : { stats: own };
    const { size, mtimeNs } = target.stats ?? own;
    const refused: ImageErrorCode | undefined = name.odd
      ? 'E_IMG_NAME'
      : target.stats === undefined
        ? 'E_IMG_OUTSIDE_ROOT'
        : target.stats.isFile()
          ? undefined
          : 'E_IMG_NOT_A_FILE';
    const entry = { key, bytes: Number(size), version: `mtime:${mtimeNs}` };
    if (refused === undefined) return entry;
    const link = target.fault;
    return link === undefined ? { ...entry, refused } : { ...entry, refused, link };
  } catch (error) {
    return goneOr(error, folder);
  }
}

/** What a name leads to; no `stats` when that is not to be listed. */
interface Target {
  readonly stats?: BigIntStats;
  readonly fault?: LinkFault;
}

/**
 * What the system says of a link that leads to nothing, round in a circle, or to what may not be looked at.
 */
const DEAD = ['ENOENT', 'ENOTDIR', 'ELOOP', 'EACCES', 'EPERM', 'ENAMETOOLONG'];

/** True for what the system says of a link whose target cannot be had. */
export function isDead(error: unknown): boolean {
  return DEAD.includes(systemCode(error) ?? '');
}

async function linkTarget(link: Buffer, rootReal: LinkRoot): Promise<Target> {
  try {
    if (rootReal === undefined) return targetOf(await stat(link, { bigint: true }));
    const real = await realpath(link, 'buffer');
    const target = targetOf(await stat(real, { bigint: true }));
    const inside = contains(Buffer.from(rootReal).toString('latin1'), real.toString('latin1'));
    return inside ? target : { fault: target.fault ?? 'outside' };
  } catch (error) {
    if (isDead(error)) return { fault: 'nothing' };
    throw error;
  }
}

function targetOf(stats: BigIntStats): Target {
  return stats.isDirectory() ? { stats, fault: 'folder' } : { stats };
}

/**
 * What no other attempt will change: more links than a path may have, what the file system has no word for.
 */
const NEVER = ['EACCES', 'EPERM', 'ELOOP', 'EINVAL', 'EOVERFLOW', 'ENXIO'];

/**
 * Undefined when it is gone. Errors: E_INPUT_UNREADABLE and E_INPUT_TOO_DEEP for what stays so, E_STORAGE for
 * what may heal.
 */
export function goneOr(error: unknown, folder: Pick<Folder, 'path'>): undefined {
  const code = systemCode(error);
  if (code === undefined) throw error;
  if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
  const location = Buffer.from(folder.path === '' ? '/' : folder.path, 'latin1').toString();
  if (code !== 'ENAMETOOLONG')
    throw storageError(NEVER.includes(code) ? 'E_INPUT_UNREADABLE' : 'E_STORAGE', { location }, error);
  // The system's own sentence holds the whole path.
  const detail = `${code}: the path of its folder has ${folder.path.length} bytes.`;
  throw new VergerError('E_INPUT_TOO_DEEP', { location: withoutMiddle(location) }, { detail, cause: error });
}

/** Most characters of a path that a person is shown of one that is too long. */
const SHOWN = 160;

/** A long path as its beginning and its end. */
function withoutMiddle(path: string): string {
  const characters = [...path];
  if (characters.length <= SHOWN) return path;
  return `${characters.slice(0, SHOWN / 2).join('')} … ${characters.slice(-SHOWN / 2).join('')}`;
}
