import { stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { type Storage, VergerError } from '@verger/core';
import { readManifest } from '@verger/run';
import { isInside, isTaken, openStorage } from '@verger/storage';
import type { CommandInput } from '../cli/command.ts';

/** A usage error with a sentence. */
export const usage = (detail: string) => new VergerError('E_USAGE', {}, { detail });

/** A flag that must be one of some words; undefined where it was not given. Errors: E_USAGE. */
export function pick<T extends string>(value: unknown, known: readonly T[], flag: string): T | undefined {
  if (value === undefined) return undefined;
  const found = known.find((one) => one === value);
  if (found === undefined) throw usage(`${flag} must be one of ${known.join(', ')}, not ${String(value)}.`);
  return found;
}

/**
 * `--output` of a command that writes a file here: its absolute path, or that of its folder. Errors: E_USAGE.
 */
export async function readOutput({
  flags,
  cwd,
}: Pick<CommandInput, 'flags' | 'cwd'>): Promise<{ readonly path: string; readonly folder: boolean }> {
  const output = flags['output'];
  if (typeof output !== 'string' || output === '') throw usage('--output FILE is missing.');
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(output)) {
    throw usage('--output must be a file or a folder on this machine.');
  }
  const path = resolve(cwd, output);
  return { path, folder: output.endsWith('/') || (await isFolder(path)) };
}

async function isFolder(path: string): Promise<boolean> {
  return await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

/**
 * Checks that files may be written: outside any run, whose folder holds the run and nothing else (a stray
 * file in it would be read as one of its own), and not over others without `force`. Errors:
 * E_OUTPUT_INSIDE_RUN, E_OUTPUT_EXISTS.
 */
export async function checkOutputFiles(
  files: readonly string[],
  { force, store }: { readonly force: boolean; readonly store: Storage },
): Promise<void> {
  for (const file of files) {
    const folder = dirname(file);
    if ((await isInside(folder, store.describe())) || (await isInsideAnyRun(folder))) {
      throw new VergerError('E_OUTPUT_INSIDE_RUN', { option: '--output', location: file });
    }
    if (!force && (await isTaken(file))) {
      throw new VergerError('E_OUTPUT_EXISTS', { option: '--output', location: file });
    }
  }
}

/** True for a folder of a run, and for one below it. */
export async function isInsideAnyRun(folder: string): Promise<boolean> {
  // Other programs have files of that name too: what does not read as a manifest is none.
  if ((await readManifest(openStorage(folder)).catch(() => undefined)) !== undefined) return true;
  const parent = dirname(folder);
  return parent === folder ? false : await isInsideAnyRun(parent);
}
