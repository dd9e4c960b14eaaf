import { fileURLToPath } from 'node:url';
import { shellQuote } from '@verger/core';
import { readEnvironment } from '@verger/runtime';

/** The folder of the tree: the same from `src` and from `dist`. Ends with a slash. */
const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));

/**
 * What a person types to call this program, quoted for a shell: VERGER_PROGRAM where a container sets it,
 * `verger` where npm has installed it, else the `verger` at the root of the tree, by its shortest path from
 * here.
 */
export function programName(): string {
  const named = readEnvironment()['VERGER_PROGRAM'] ?? '';
  if (named !== '') return named;
  if (import.meta.url.includes('/node_modules/')) return 'verger';
  return `${process.cwd()}/` === ROOT ? './verger' : shellQuote(`${ROOT}verger`);
}

/** A text of the error table, or a stored one, with its commands as they are typed here. */
export function asCalled(text: string): string {
  return text.replace(/`(?:npx --no )?verger /g, () => `\`${programName()} `);
}
