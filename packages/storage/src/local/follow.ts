import { stat as statCallback } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { promisify } from 'node:util';
import { bySegment, childOf, type Folder, type HeldName, isDead, type Name, type Resolve } from './folder.ts';

const stat = promisify(statCallback);

/** Links looked at together. */
const LINKS_AHEAD = 64;

/**
 * How often links may lead to one folder. Folders that link to each other have more ways through them than
 * any walk could go; with this bound it is at most so many times what is really there.
 */
export const MOST_REPEATS = 100;

/**
 * How many linked folders may lie on the way to one. Real collections need two or three; where folders link
 * to each other, longer ways come to nothing new, each image read costs all the links on its way, and a
 * system follows no more than 40.
 */
export const MOST_LINKS_ON_WAY = 8;

/** A name that is a folder. */
type FolderName = Name & { readonly kind: 'folder' };

/**
 * Decides, for one walk, which links are folders to enter: all that lead to a folder, under the path of the
 * link, but those that lead to a folder on the way here (a loop), those to a folder that links have led to
 * `MOST_REPEATS` times, and those below `MOST_LINKS_ON_WAY` others. `way` gives the real paths of the folders
 * on the way, this one included. Cost: a stat per link, and a realpath for each to a folder, once, however
 * often the walk comes by. Memory: the paths of all links to folders.
 */
export function followLinks(way: () => ReadonlySet<string>): Resolve {
  const times = new Map<string, number>();
  const known = new Map<string, string>();
  return async (folder, names) => {
    const seen = way();
    const isFar = (folder.links ?? 0) >= MOST_LINKS_ON_WAY;
    const judged: HeldName[] = [];
    const linked: FolderName[] = [];
    const links: Name[] = [];
    for (const held of names) {
      if (typeof held === 'string') judged.push(held);
      else if (held.kind === 'link') links.push(held);
      else judged.push(isOnWay(folder, held, seen) ? notEntered(held, 'loop') : held);
    }
    for (let at = 0; at < links.length; at += LINKS_AHEAD) {
      const some = links.slice(at, at + LINKS_AHEAD).map(async (link) => await resolved(folder, link, known));
      for (const name of await Promise.all(some)) {
        if (name.kind === 'folder') linked.push(name as FolderName);
        else judged.push(name);
      }
    }
    // In the order of the keys, so that the same folder gives the same listing.
    for (const name of linked.sort(bySegment)) {
      const real = name.real ?? '';
      const before = times.get(real) ?? 0;
      if (seen.has(real)) judged.push(notEntered(name, 'loop'));
      else if (before >= MOST_REPEATS || isFar) judged.push(notEntered(name, 'repeat'));
      else {
        times.set(real, before + 1);
        judged.push(name);
      }
    }
    return judged;
  };
}

/** A folder that is reached below a link, and is one that the way here began in. */
function isOnWay(folder: Folder, name: Name, way: ReadonlySet<string>): boolean {
  return name.kind === 'folder' && (folder.links ?? 0) > 0 && way.has(childOf(folder.real ?? '', name.raw));
}

/** The name of a folder as one that is listed and not entered. */
function notEntered(name: Name, fault: 'loop' | 'repeat'): Name {
  const { raw, segment, odd } = name;
  return { raw, segment: segment.slice(0, -1), kind: 'other', odd, fault };
}

/** A link to a folder as that folder; any other link as it is. `known` has what links to folders lead to. */
async function resolved(folder: Folder, link: Name, known: Map<string, string>): Promise<Name> {
  const path = `${folder.path}/${link.raw}`;
  try {
    const real = known.get(path) ?? (await realFolderOf(Buffer.from(path, 'latin1')));
    if (real === undefined) return link;
    known.set(path, real);
    return { ...link, segment: `${link.segment}/`, kind: 'folder', real };
  } catch (error) {
    if (isDead(error)) return link;
    throw error;
  }
}

/** The real path of a folder, a byte string; undefined for anything else. */
async function realFolderOf(path: Buffer): Promise<string | undefined> {
  if (!(await stat(path)).isDirectory()) return undefined;
  return (await realpath(path, 'buffer')).toString('latin1');
}
