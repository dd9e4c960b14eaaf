import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** The version of the package: package.json says it, once. The same place from `src` and from `dist`. */
export function readVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return z.object({ version: z.string() }).parse(JSON.parse(text)).version;
}
