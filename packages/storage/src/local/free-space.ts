import { statfs } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { isS3Location } from '../s3/place.ts';

/**
 * Bytes that may still be written where a folder is or would be; null where the system does not say, and for
 * a bucket.
 */
export async function freeBytes(folder: string): Promise<number | null> {
  if (isS3Location(folder)) return null;
  for (let path = resolve(folder); ; path = dirname(path)) {
    try {
      const { bavail, bsize } = await statfs(path);
      return bavail * bsize;
    } catch {
      if (dirname(path) === path) return null;
    }
  }
}
