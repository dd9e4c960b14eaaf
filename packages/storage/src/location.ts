import { join, resolve } from 'node:path';
import { type Storage, VergerError } from '@verger/core';
import { storageError } from './fs-errors.ts';
import { openLocalStorage } from './local.ts';
import { contains, realFolder } from './real-path.ts';

const scheme = /^([a-z][a-z0-9+.-]*):\/\//i;

/** The storage at a location: an absolute or relative folder. Errors: E_USAGE for anything else. Touches nothing yet. */
export function openStorage(location: string): Storage {
  const found = scheme.exec(location)?.[1]?.toLowerCase();
  if (found === 's3') {
    throw new VergerError('E_USAGE', { location }, { detail: 'S3 is not supported yet: give a folder.' });
  }
  if (found !== undefined) {
    throw new VergerError(
      'E_USAGE',
      { location },
      { detail: `Locations are folders, not ${found}:// URLs.` },
    );
  }
  if (location === '' || location.includes('\0')) {
    throw new VergerError('E_USAGE', { location }, { detail: 'The location is empty or holds a NUL.' });
  }
  return openLocalStorage(resolve(location));
}

/** The location of `name` inside another location: `s3://b/out` + `x` → `s3://b/out/x`; folders as `path.join`. */
export function joinLocation(location: string, name: string): string {
  if (!scheme.test(location)) return join(location, name);
  return `${location.replace(/\/+$/, '')}/${name.replace(/^\/+/, '')}`;
}

/**
 * True when the folder `inner` is `outer` or lies in it, symbolic links resolved. Neither needs to exist yet.
 * Errors: E_STORAGE when a parent cannot be looked at.
 */
export async function isInside(inner: string, outer: string): Promise<boolean> {
  const real = (folder: string) =>
    realFolder(resolve(folder)).catch((error: unknown) => {
      throw storageError('E_STORAGE', { location: folder }, error);
    });
  return contains(await real(outer), await real(inner));
}
