import { type ExtractionOptions, type Manifest, RUN_FILES, type Storage, VergerError } from '@verger/core';
import { readManifest } from '@verger/run';
import { joinLocation, type Storages } from '@verger/storage';
import type { Driver } from './driver.ts';

/** The place of a run that a command line names. */
export interface RunPlace {
  readonly location: string;
  /** Rooted at the run folder. */
  readonly store: Storage;
}

/** A run that a command line names. */
export interface FoundRun extends RunPlace {
  readonly manifest: Manifest;
}

/**
 * RUN on a command line: a run folder or URL, or an output folder that holds one run, or `OUTPUT#<id
 * prefix>`. Errors: E_RUN_NOT_FOUND, E_RUN_AMBIGUOUS, E_RUN_CORRUPT.
 */
export async function findRun(storages: Storages, words: string): Promise<FoundRun> {
  const place = await locateRun(storages, words);
  const manifest = await readManifest(place.store);
  if (manifest === undefined) throw new VergerError('E_RUN_NOT_FOUND', { location: words });
  return { ...place, manifest };
}

/** As `findRun`, but the manifest is not read: also a run whose manifest is damaged is found. */
export async function locateRun(storages: Storages, words: string): Promise<RunPlace> {
  // Of `s3://bucket#id`, the '#' is in no bucket's name; of a folder or key it may be.
  const whole = /^s3:\/\/[^/]*#/i.test(words) ? undefined : storages.open(words);
  if (whole !== undefined && (await hasManifest(whole))) return { location: whole.describe(), store: whole };
  const mark = words.lastIndexOf('#');
  const [output, prefix] = mark < 0 ? [words, ''] : [words.slice(0, mark), words.slice(mark + 1)];
  const found = (await listRuns(storages, output)).filter((id) => id.startsWith(prefix));
  const ids = found.includes(prefix) ? [prefix] : found;
  const [id] = ids;
  if (id === undefined) throw new VergerError('E_RUN_NOT_FOUND', { location: words });
  if (ids.length > 1) {
    const shown = ids.slice(0, 5).join(', ');
    const detail = `They are ${shown}${ids.length > 5 ? ` and ${ids.length - 5} more` : ''}.`;
    throw new VergerError('E_RUN_AMBIGUOUS', { location: output }, { detail });
  }
  const store = storages.open(joinLocation(output, id));
  return { location: store.describe(), store };
}

/** True when a run's manifest is there, whole or damaged. */
export async function hasManifest(store: Storage): Promise<boolean> {
  const { status } = await store.read(RUN_FILES.manifest, { lastBytes: 1 });
  return status === 'read' || status === 'forbidden';
}

/**
 * Nothing is listed there: no folder, or not one that can be listed. Writing will say so in its own words.
 */
const NO_FOLDER = ['E_INPUT_MISSING', 'E_INPUT_UNREADABLE'];

/** The ids of the runs in an output folder; none when it is no folder. */
export async function listRuns(storages: Storages, output: string, signal?: AbortSignal): Promise<string[]> {
  const store = storages.open(output);
  const ids: string[] = [];
  try {
    for await (const { key } of store.list({ shallow: true, signal })) {
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

/**
 * The images of a run; links are followed, to any place, where that was asked for. Touches nothing yet.
 * Errors: E_USAGE.
 */
export function openImages(
  { storages }: Pick<Driver, 'storages'>,
  {
    images,
    extraction,
  }: { readonly images: string; readonly extraction: Pick<ExtractionOptions, 'followLinks'> },
): Storage {
  return storages.open(images, { follow: extraction.followLinks === true });
}
