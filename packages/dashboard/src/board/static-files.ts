import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';
import type { PageAnswer } from '../http/page.ts';

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
};

/** Names with a hash of their contents never change. */
const HASHED = /[.][0-9a-f]{10}[.](js|css)$/;

/** The files of a folder, by their paths in it. */
export interface StaticFiles {
  /** Undefined: not one of them. Only names that were found at the start are ever opened. */
  answer(path: string): Promise<PageAnswer | undefined>;
}

/** Lists the folder once: a path that is asked for is looked up, never joined. Errors: those of `readdir`. */
export function createStaticFiles(folder: string): StaticFiles {
  const files = new Map<string, string>();
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const file = join(entry.parentPath, entry.name);
    if (entry.isFile() && TYPES[extname(file)] !== undefined) {
      files.set(relative(folder, file).split(sep).join('/'), file);
    }
  }
  return {
    async answer(path) {
      const file = files.get(path);
      if (file === undefined) return undefined;
      const cache = HASHED.test(path) ? 'private, max-age=31536000, immutable' : 'private, max-age=3600';
      const type = TYPES[extname(file)] ?? 'application/octet-stream';
      return { status: 200, type, body: await readFile(file), headers: { 'cache-control': cache } };
    },
  };
}
