import { lstat } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { RUN_FILES, type Storage, VergerError } from '@verger/core';
import { isInside, isTaken } from '@verger/storage';
import { isInsideAnyRun } from './output-file.ts';

const OPTION = '--html';

/**
 * The absolute path of a page that may be written: a new file, or a regular one that is written over. In the
 * folder of a run only the run's own report.html. Errors: E_USAGE, E_OUTPUT_INSIDE_RUN.
 */
export async function pageTarget(words: string, cwd: string, store: Storage): Promise<string> {
  if (words === '' || words.endsWith('/') || /^[a-z][a-z0-9+.-]*:\/\//i.test(words)) {
    const detail = `${OPTION} must be a file on this machine.`;
    throw new VergerError('E_USAGE', { option: OPTION }, { detail });
  }
  const file = resolve(cwd, words);
  const own = file === resolve(store.describe(), RUN_FILES.htmlReport);
  const inside = (await isInside(dirname(file), store.describe())) || (await isInsideAnyRun(dirname(file)));
  if (inside && !own) throw new VergerError('E_OUTPUT_INSIDE_RUN', { option: OPTION, location: file });
  if (!(await isTaken(file)) || (await lstat(file)).isFile()) return file;
  const detail = `${basename(file)} is there and not a regular file.`;
  throw new VergerError('E_USAGE', { option: OPTION, location: file }, { detail });
}
