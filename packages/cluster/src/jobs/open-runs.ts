import { setMaxListeners } from 'node:events';
import { type Reuse, type ReuseSource, type Run, type Storage, VergerError } from '@verger/core';
import type { JobPayload } from '@verger/queue';
import { checkUncancelled, isEpochEnd, newestEpoch, readEpoch, readManifest, watchEpoch } from '@verger/run';
import { createReuseState, type ReuseState, type StoredModel } from '@verger/stages';
import type { Storages } from '@verger/storage';
import { outputOf } from '@verger/storage';
import { checkAllowed } from '../service/allowed-roots.ts';

/**
 * Milliseconds between two looks whether a run that is worked on was cancelled, or taken over by a newer
 * epoch.
 */
const LOOK_MS = 3000;
/** Runs that are kept open although nothing works on them. */
const KEPT = 8;

/** A run as the jobs of one epoch see it. */
export interface OpenRun {
  readonly run: Run;
  /** Only workers of one numeric class may extract (`class.json`). */
  readonly strict: boolean;
  /** Rooted at the output folder. */
  readonly output: Storage;
  /** Aborted with E_RUN_CANCELLED or E_EPOCH_OVER when this epoch has nothing more to do. */
  readonly signal: AbortSignal;
  /** What has been read of the run whose features may be taken; undefined when there is none. */
  readonly reuse: ReuseState | undefined;
  /** The PCA model, once a project job has read it. */
  model: Promise<StoredModel> | undefined;
}

interface Entry extends OpenRun {
  readonly abort: AbortController;
  users: number;
  lookedMs: number;
  /** A look that jobs wait for. */
  looking: Promise<void> | undefined;
  /** Ends the looks at the epoch; undefined while nothing works on it. */
  unwatch: (() => void) | undefined;
}

/** The runs that a process works at, each opened once for all its jobs. */
export interface OpenRuns {
  /**
   * Opens the run of a job for as long as `body` works on it. Errors: E_RUN_NOT_FOUND, E_RUN_CORRUPT,
   * E_RUN_CANCELLED, E_EPOCH_OVER, E_LOCATION_DENIED, E_INPUT_MISSING.
   */
  use<T>(payload: JobPayload, body: (open: OpenRun) => Promise<T>): Promise<T>;
  /** Forgets what is kept of a run: its files turned out to be others. */
  forget(payload: JobPayload): void;
  close(): void;
}

/** The run whose features an epoch may take, while it is still the one that was named. */
async function openReuse(
  named: Reuse | undefined,
  openStorage: (location: string) => Promise<Storage>,
): Promise<ReuseSource | undefined> {
  if (named === undefined) return undefined;
  const store = await openStorage(named.location);
  const manifest = await readManifest(store);
  return manifest?.identity === named.identity ? { manifest, store, whole: named.whole } : undefined;
}

/** Opens a storage. Errors: E_USAGE. */
export type OpenStorage = Storages['open'];

/** What may be opened, and for whom. */
export interface OpenRunsOptions {
  /** Locations below these may be opened; empty for any. */
  readonly roots: readonly string[];
  /** True for who reads the images and the run whose features may be taken: these must be allowed, too. */
  readonly images: boolean;
}

/**
 * A local output folder that is not there or holds nothing is a disk that this machine has not mounted: no
 * run is blamed. Errors: E_INPUT_MISSING.
 */
async function checkOutput(output: Storage): Promise<void> {
  if (output.remote === true) return;
  for await (const _ of output.list({ shallow: true })) return;
  const detail = 'It is empty. Is its disk mounted on this machine?';
  throw new VergerError('E_INPUT_MISSING', { location: output.describe() }, { detail });
}

/** Opens the run of a job, with what its stages read. */
async function openEntry(
  openAny: OpenStorage,
  { roots, images }: OpenRunsOptions,
  { location, runId, epoch }: JobPayload,
): Promise<Entry> {
  const openStorage = async (place: string, options: Parameters<OpenStorage>[1] = {}): Promise<Storage> => {
    await checkAllowed(place, roots);
    const storage = openAny(place, { ...options, within: roots });
    await checkAllowed(storage.describe(), roots);
    return storage;
  };
  const store = await openStorage(location);
  const manifest = await readManifest(store);
  const record = await readEpoch(store, epoch);
  if (manifest?.runId !== runId || record === undefined) {
    if (manifest === undefined) await checkOutput(openAny(outputOf(location)));
    const detail = `A job names epoch ${epoch} of run ${runId}.`;
    throw new VergerError('E_RUN_NOT_FOUND', { location }, { detail });
  }
  const reuse = images ? await openReuse(record.reuse, openStorage) : undefined;
  const abort = new AbortController();
  setMaxListeners(0, abort.signal); // one listener for each image under way
  // Only to where this process may work; resolved once more when an image is read.
  const how = { follow: manifest.extraction.followLinks === true, within: roots };
  const source = images ? await openStorage(manifest.images, how) : openAny(manifest.images, how);
  const run = { manifest, store, images: source, epoch, reuse };
  const output = openAny(outputOf(location)); // only `_shared` is read there
  const strict = record.strict === true;
  return {
    ...{ run, strict, output, abort, signal: abort.signal },
    reuse: reuse === undefined ? undefined : createReuseState(reuse),
    model: undefined,
    users: 0,
    lookedMs: 0,
    looking: undefined,
    unwatch: undefined,
  };
}

/** Ends the entry for all its jobs where the epoch has nothing more to do: E_RUN_CANCELLED, E_EPOCH_OVER. */
async function look(entry: Entry): Promise<void> {
  entry.lookedMs = performance.now();
  try {
    await checkCounts(entry);
  } catch (error) {
    if (isEpochEnd(error)) entry.abort.abort(error);
    throw error;
  }
}

/** Errors: E_RUN_CANCELLED, E_EPOCH_OVER. */
async function checkCounts(entry: Entry): Promise<void> {
  const { store, epoch } = entry.run;
  await checkUncancelled(entry);
  const newest = await newestEpoch(store);
  if (newest === epoch) return;
  const detail = newest > epoch ? `Epoch ${newest} has begun.` : 'The run was removed.';
  throw new VergerError('E_EPOCH_OVER', { location: store.describe() }, { detail });
}

/**
 * Manifests are read once for all jobs of an epoch, and storage is asked every few seconds whether the epoch
 * still counts.
 */
export function createOpenRuns(openAny: OpenStorage, options: OpenRunsOptions): OpenRuns {
  const entries = new Map<string, Promise<Entry>>();
  const keyOf = ({ location, runId, epoch }: JobPayload) => `${epoch} ${runId} ${location}`;

  /** The ones used longest ago go first; those in use stay. */
  const shrink = async (): Promise<void> => {
    for (const [key, pending] of [...entries]) {
      if (entries.size <= KEPT) return;
      const entry = await pending.catch(() => undefined);
      if (entry === undefined || entry.users === 0) entries.delete(key);
    }
  };

  const acquire = async (payload: JobPayload): Promise<Entry> => {
    const key = keyOf(payload);
    const pending = entries.get(key) ?? openEntry(openAny, options, payload);
    entries.delete(key); // and to the end: used last
    entries.set(key, pending);
    const drop = () => {
      if (entries.get(key) === pending) entries.delete(key);
    };
    pending.catch(drop);
    const entry = await pending;
    if (!entry.signal.aborted) return entry;
    drop(); // a run that was made again in its place is another one
    return await acquire(payload);
  };

  /** Before a job begins: looks unless that was done just now. Jobs that come meanwhile wait for the same look. */
  const check = async (entry: Entry): Promise<void> => {
    const isFresh = entry.lookedMs !== 0 && performance.now() - entry.lookedMs <= LOOK_MS;
    if (!isFresh) {
      entry.looking ??= look(entry).finally(() => {
        entry.looking = undefined;
      });
    }
    await entry.looking;
    entry.signal.throwIfAborted();
  };

  return {
    use: async (payload, body) => {
      const entry = await acquire(payload);
      entry.users += 1;
      try {
        await check(entry);
        entry.unwatch ??= watchEpoch(() => look(entry), { abort: entry.abort, everyMs: LOOK_MS });
        return await body(entry);
      } finally {
        entry.users -= 1;
        if (entry.users === 0) {
          entry.unwatch?.();
          entry.unwatch = undefined;
          await shrink();
        }
      }
    },
    forget: (payload) => void entries.delete(keyOf(payload)),
    close: () => {
      for (const pending of entries.values()) {
        pending.then(({ unwatch }) => unwatch?.()).catch(() => {});
      }
      entries.clear();
    },
  };
}
