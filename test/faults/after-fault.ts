import { RUN_FILES, RUN_FOLDERS } from '@verger/core';
import { filesUnder, promisedHashes } from '@verger/testkit/run-folder';
import { differing, mustHold, type Undisturbed } from './fault-case.ts';

/** What a person or an attempt may have left besides the run's data. */
const TRACES = [RUN_FOLDERS.epochs, RUN_FOLDERS.failures, RUN_FOLDERS.control];

/**
 * The files of a run folder that every run of those images has: no epochs, failures, marks of cancellation.
 */
export function lastingFiles(runFolder: string): string[] {
  return filesUnder(runFolder).filter((file) => !TRACES.some((folder) => file.startsWith(folder)));
}

export async function lookAtUndisturbed(runFolder: string): Promise<Undisturbed> {
  return { promised: await promisedHashes(runFolder), files: lastingFiles(runFolder) };
}

/** What stands already is what an undisturbed run has there. */
export async function mustStand(runFolder: string, { promised }: Undisturbed): Promise<void> {
  const found = await promisedHashes(runFolder);
  const other = Object.keys(found).filter((file) => found[file] !== promised[file]);
  mustHold(
    other.length === 0,
    `after the fault these are not the bytes of an undisturbed run: ${other.join(', ')}`,
  );
}

/** The finished run has the files of an undisturbed one, and the same bytes where they are promised. */
export async function mustBeWhole(
  runFolder: string,
  undisturbed: Undisturbed,
  { temporariesMayStay = false }: { temporariesMayStay?: boolean } = {},
): Promise<void> {
  const other = differing(await promisedHashes(runFolder), undisturbed.promised);
  mustHold(other.length === 0, `not the bytes of an undisturbed run: ${other.join(', ')}`);
  const files = lastingFiles(runFolder).filter((file) => !(temporariesMayStay && file.startsWith('.tmp/')));
  const odd = differing(
    Object.fromEntries(files.map((file) => [file, ''])),
    Object.fromEntries(undisturbed.files.map((file) => [file, ''])),
  );
  // A page that a fault has kept from being made is left out, and logged: it is derived, and fails no run.
  const wrong = odd.filter((file) => file !== RUN_FILES.htmlReport || files.includes(file));
  mustHold(wrong.length === 0, `files that are too many or missing: ${wrong.join(', ')}`);
}
