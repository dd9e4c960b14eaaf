import { readFile } from 'node:fs/promises';
import type { LoadHook } from 'node:module';

/** The folder of the stripped sources, and the root: this file lies in `.cache/stripped/tools`. */
const stripped = new URL('../', import.meta.url).href;
const root = new URL('../../', stripped).href;

/** Node's hook: what a module of that URL is. */
export const load: LoadHook = async (url, context, next) => {
  if (!url.startsWith(root) || !url.endsWith('.ts')) return await next(url, context);
  const source = await readFile(new URL(`${stripped}${url.slice(root.length, -'ts'.length)}js`));
  return { format: 'module', source, shortCircuit: true };
};
