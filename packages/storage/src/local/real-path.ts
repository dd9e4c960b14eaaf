import { realpath } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { VergerError } from '@verger/core';
import { systemCode } from './fs-errors.ts';

/** True when the resolved path `inner` is `outer` or lies below it. */
export function contains(outer: string, inner: string): boolean {
  return inner === outer || inner.startsWith(outer.endsWith('/') ? outer : `${outer}/`);
}

/** The real path of a folder that may not exist yet: the nearest parent that does, resolved, and the rest. */
export async function realFolder(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    const code = systemCode(error);
    if ((code !== 'ENOENT' && code !== 'ENOTDIR') || dirname(path) === path) throw error;
    return join(await realFolder(dirname(path)), basename(path));
  }
}

/**
 * Errors: E_LOCATION_DENIED when the folder, links resolved, lies below none of the places; no places:
 * everything is allowed.
 */
export async function checkWithin(folder: string, places: readonly string[] = []): Promise<void> {
  if (places.length === 0) return;
  const real = await realFolder(folder);
  for (const place of places) {
    if (contains(place, real)) return;
    const there = await realFolder(resolve(place)).catch(() => undefined);
    if (there !== undefined && contains(there, real)) return;
  }
  const detail = `It links to ${real}; allowed places: ${places.join(', ')}.`;
  throw new VergerError('E_LOCATION_DENIED', { location: folder }, { detail });
}
