import { statfs } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

/** Bytes that may still be written where a folder is or would be; null where the system does not say. */
export async function freeBytes(folder: string): Promise<number | null> {
  for (let path = resolve(folder); ; path = dirname(path)) {
    try {
      const { bavail, bsize } = await statfs(path);
      return bavail * bsize;
    } catch {
      if (dirname(path) === path) return null;
    }
  }
}
