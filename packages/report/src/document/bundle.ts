import { readFileSync } from 'node:fs';

/** A script of a page: of the HTML report, or of the live page of the dashboard. */
export type PageScript = 'report-page' | 'live-page';

const texts = new Map<PageScript, string>();

/** The bundled script, read once. Errors: ENOENT in a tree that is not built. */
export function pageScript(name: PageScript): string {
  const known = texts.get(name);
  if (known !== undefined) return known;
  const text = readFileSync(new URL(import.meta.resolve(`@verger/report/pages/${name}.js`)), 'utf8');
  texts.set(name, text);
  return text;
}
