import { forEachBounded, removalStep, type Storage } from '@verger/core';
import { smallFilesAtOnce } from './run-context.ts';

/** What is in a run folder. */
export interface RunFolder {
  /** The run's files, in groups in the order of their removal. */
  readonly groups: readonly (readonly string[])[];
  readonly files: number;
  readonly bytes: number;
  /** Names that no run has: they are never removed. */
  readonly foreign: readonly string[];
}

/**
 * Looks through a run folder. Cost: one list; memory: the names in it. Errors: those of the storage; the
 * signal's reason.
 */
export async function readRunFolder(store: Storage, signal?: AbortSignal): Promise<RunFolder> {
  const groups: string[][] = [];
  const foreign: string[] = [];
  const total = { files: 0, bytes: 0 };
  for await (const entry of store.list({ signal })) {
    const step = removalStep(entry.key);
    if (step === undefined) foreign.push(entry.key);
    else {
      groups[step] ??= [];
      groups[step].push(entry.key);
      total.files += 1;
      total.bytes += entry.bytes;
    }
  }
  return { groups: groups.filter((group) => group !== undefined), foreign, ...total };
}

/**
 * Removes the files of a run, `_SUCCESS` first and the manifest last: stopped on the way, what is left says
 * that it is a run that is not finished, and another call goes on. Nothing foreign is touched and no link is
 * followed. Errors: those of the storage; the signal's reason.
 */
export async function removeRunFiles(store: Storage, folder: RunFolder, signal: AbortSignal): Promise<void> {
  for (const group of folder.groups) {
    await forEachBounded(group, smallFilesAtOnce(store), async (key) => {
      signal.throwIfAborted();
      await store.remove(key);
    });
  }
}
