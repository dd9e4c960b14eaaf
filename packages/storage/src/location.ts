import { join, resolve } from 'node:path';
import { type Storage, VergerError } from '@verger/core';
import { placeError } from './local/fs-errors.ts';
import { contains, realFolder } from './local/real-path.ts';
import { type OpenOptions, openLocalStorage } from './local/storage.ts';
import type { S3Connection } from './s3/connection.ts';
import { isS3Location, parseS3Location } from './s3/place.ts';
import { openS3Storage } from './s3/storage.ts';

const scheme = /^([a-z][a-z0-9+.-]*):\/\//i;

/**
 * The storage at a location: a folder, or `s3://bucket/prefix` if there is a connection. Touches nothing yet.
 * Errors: E_USAGE for anything else.
 */
export function openStorage(location: string, s3?: S3Connection, options: OpenOptions = {}): Storage {
  if (isS3Location(location) && s3 !== undefined) return openS3Storage(location, s3);
  if (/^s3:\/(?!\/)/i.test(location)) {
    const detail = `S3 places start with two slashes: s3://${location.slice('s3:/'.length)}.`;
    throw new VergerError('E_USAGE', { location }, { detail });
  }
  const found = scheme.exec(location)?.[1]?.toLowerCase();
  if (found !== undefined) {
    const places = s3 === undefined ? 'a folder' : 'a folder or s3://BUCKET/PREFIX';
    throw new VergerError(
      'E_USAGE',
      { location },
      { detail: `The place must be ${places}, not ${found}://.` },
    );
  }
  if (location === '' || location.includes('\0')) {
    throw new VergerError('E_USAGE', { location }, { detail: 'The place is empty or contains a zero byte.' });
  }
  return openLocalStorage(resolve(location), options);
}

/**
 * The location of `name` inside another location: `s3://b/out` + `x` → `s3://b/out/x`; folders as
 * `path.join`.
 */
export function joinLocation(location: string, name: string): string {
  if (!scheme.test(location)) return join(location, name);
  return `${location.replace(/\/+$/, '')}/${name.replace(/^\/+/, '')}`;
}

/** The output folder, or the prefix, that a run's folder is in; a bucket is in none but itself. */
export function outputOf(location: string): string {
  const end = location.lastIndexOf('/');
  if (/^s3:\/\/[^/]*$/i.test(location)) return location;
  return end <= 0 ? '/' : location.slice(0, end);
}

/**
 * The place itself for a bucket; for a folder its path with links resolved, of which the end need not exist,
 * or as it is where that cannot be looked at.
 */
export async function realLocation(location: string): Promise<string> {
  if (scheme.test(location)) return location;
  return await realFolder(resolve(location)).catch(() => location);
}

/**
 * True when the folder or prefix `inner` is `outer` or lies in it, symbolic links resolved. Neither needs to
 * exist yet. A folder is never inside a bucket, nor a bucket in a folder. Errors: E_OUTPUT_NOT_WRITABLE when
 * a parent cannot be looked at, E_STORAGE when that may heal; E_USAGE for no S3 location.
 */
export async function isInside(inner: string, outer: string): Promise<boolean> {
  if (isS3Location(inner) !== isS3Location(outer)) return false;
  if (isS3Location(inner)) {
    const [within, around] = [parseS3Location(inner), parseS3Location(outer)];
    return within.bucket === around.bucket && within.prefix.startsWith(around.prefix);
  }
  const real = (folder: string) =>
    realFolder(resolve(folder)).catch((error: unknown) => {
      throw placeError(folder, error);
    });
  return contains(await real(outer), await real(inner));
}
