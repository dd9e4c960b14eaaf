import { type Manifest, RUN_FILES, type Storage, VergerError } from '@verger/core';
import { readManifest } from '@verger/pipeline';
import { joinLocation, openStorage } from '@verger/storage';

/** A run that a command line names. */
export interface FoundRun {
  readonly location: string;
  readonly store: Storage;
  readonly manifest: Manifest;
}

/** RUN on a command line: a run folder or URL, or an output folder that holds one run, or `OUTPUT#<id prefix>`. Errors: E_RUN_NOT_FOUND, E_RUN_AMBIGUOUS. */
export async function findRun(words: string): Promise<FoundRun> {
  const whole = await openRun(words);
  if (whole !== undefined) return whole;
  const mark = words.lastIndexOf('#');
  const [output, prefix] = mark < 0 ? [words, ''] : [words.slice(0, mark), words.slice(mark + 1)];
  const found = (await listRuns(output)).filter((id) => id.startsWith(prefix));
  const ids = found.includes(prefix) ? [prefix] : found;
  const [id] = ids;
  if (id === undefined) throw new VergerError('E_RUN_NOT_FOUND', { location: words });
  if (ids.length > 1) {
    throw new VergerError('E_RUN_AMBIGUOUS', { location: output }, { detail: `They are ${ids.join(', ')}.` });
  }
  const run = await openRun(joinLocation(output, id));
  if (run === undefined) throw new VergerError('E_RUN_NOT_FOUND', { location: words });
  return run;
}

async function openRun(location: string): Promise<FoundRun | undefined> {
  const store = openStorage(location);
  const manifest = await readManifest(store);
  return manifest === undefined ? undefined : { location: store.describe(), store, manifest };
}

/** Nothing is listed there: no folder, or not one that can be listed. Writing will say so in its own words. */
const NO_FOLDER = ['E_INPUT_MISSING', 'E_INPUT_UNREADABLE'];

/** The ids of the runs in an output folder; none when it is no folder. */
export async function listRuns(output: string): Promise<string[]> {
  const store = openStorage(output);
  const ids: string[] = [];
  try {
    for await (const { key } of store.list({ shallow: true })) {
      if (!key.endsWith('/')) continue;
      const there = await store.read(`${key}${RUN_FILES.manifest}`, { lastBytes: 1 });
      if (there.status === 'read') ids.push(key.slice(0, -1));
    }
  } catch (error) {
    if (error instanceof VergerError && NO_FOLDER.includes(error.code)) return [];
    throw error;
  }
  return ids;
}
