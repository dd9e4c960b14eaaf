import { lstat } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { RUN_FILES, type Storage, VergerError } from '@verger/core';
import { isInside, isTaken } from '@verger/storage';
import { isInsideAnyRun, usage } from './output-file.ts';

const OPTION = '--html';
const ENDINGS = ['.html', '.htm'];

/** A page that may be written, and whether it may replace a file. */
export interface PageTarget {
  /** Absolute path. */
  readonly file: string;
  readonly overwrite: boolean;
}

/**
 * `--html` as a page that may be written: a new file or, with `force`, one in the place of another. In the
 * folder of a run only the run's own report.html, which is always replaced. Errors: E_USAGE,
 * E_OUTPUT_INSIDE_RUN; E_OUTPUT_EXISTS without `force`.
 */
export async function pageTarget(
  words: string,
  { cwd, store, force }: { readonly cwd: string; readonly store: Storage; readonly force: boolean },
): Promise<PageTarget> {
  if (words === '' || /^[a-z][a-z0-9+.-]*:\/\//i.test(words)) {
    throw usage(`${OPTION} must be a file on this machine.`);
  }
  const file = resolve(cwd, words);
  const there = await lstat(file).catch(() => undefined);
  if (there?.isDirectory() === true || words.endsWith('/')) {
    throw usage(`${OPTION} must be a file, not a folder: ${join(words, RUN_FILES.htmlReport)}, for example.`);
  }
  if (!ENDINGS.includes(extname(file).toLowerCase())) {
    throw usage(`The name of ${OPTION} must end in ${ENDINGS.join(' or ')}.`);
  }
  const own = file === resolve(store.describe(), RUN_FILES.htmlReport);
  const inside = (await isInside(dirname(file), store.describe())) || (await isInsideAnyRun(dirname(file)));
  if (inside && !own) throw new VergerError('E_OUTPUT_INSIDE_RUN', { option: OPTION, location: file });
  const overwrite = own || force;
  if (!overwrite && (await isTaken(file))) throw pageExists(file);
  if (there !== undefined && !there.isFile()) {
    throw usage(`${OPTION} can replace a regular file only; ${basename(file)} is something else.`);
  }
  return { file, overwrite };
}

/** The fault of a page whose place is taken. */
export const pageExists = (file: string) =>
  new VergerError('E_OUTPUT_EXISTS', { option: OPTION, location: file });
