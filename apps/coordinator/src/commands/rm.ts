import { ALL_RUN_FOLDERS, printable, runState, VergerError } from '@verger/core';
import {
  type RunFolder,
  readCancel,
  readEpoch,
  readManifest,
  readRunFolder,
  readStatus,
  removeRunFiles,
} from '@verger/pipeline';
import { removeEmptyFolders } from '@verger/storage';
import type { Command, CommandInput } from '../command.ts';
import { locateRun, type RunPlace } from '../find-run.ts';
import { activityOf } from '../run-activity.ts';
import { counted, formatBytes } from '../text.ts';

/** After `cancel`, a process on another host has stopped: it looks for the mark every 5 s. */
const STOPPED_AFTER_MS = 60_000;
const SHOWN = 10;

/** `verger rm RUN --yes`: deletes the files of a run, its manifest last. What is not the run's stays and is named. */
export const rm: Command = async (input) => {
  const { args, flags, json, out, signal } = input;
  const place = await locateRun(args[0] ?? '');
  const { store, location } = place;
  if (flags['force'] !== true) await refuseActive(place);
  const folder = await readRunFolder(store);
  await confirmed(input, `Delete ${location}: ${sizeOf(folder)}?`);
  await removeRunFiles(store, folder, signal);
  const gone = await removeEmptyFolders(location, ALL_RUN_FOLDERS);
  const { files, bytes, foreign } = folder;
  if (json) {
    out.print(JSON.stringify({ location, files, bytes, folderRemoved: gone, left: foreign }, null, 1));
    return 0;
  }
  const lines = [`deleted ${location}: ${sizeOf(folder)}`];
  if (foreign.length > 0) {
    lines.push(`  left, because they are not verger's:`);
    lines.push(...foreign.slice(0, SHOWN).map((name) => `    ${printable(name)}`));
    if (foreign.length > SHOWN) lines.push(`    … and ${foreign.length - SHOWN} more`);
  }
  out.print(lines.join('\n'));
  return 0;
};

function sizeOf({ files, bytes }: RunFolder): string {
  return `${counted(files, 'file')}, ${formatBytes(bytes)}`;
}

/** Errors: E_USAGE when nobody can be asked, or the answer is not yes. */
async function confirmed({ flags, json, out, signal }: CommandInput, question: string): Promise<void> {
  if (flags['yes'] === true) return;
  if (json || out.confirm === undefined) {
    const detail = 'Deleting a run needs --yes where nobody can be asked.';
    throw new VergerError('E_USAGE', { option: '--yes' }, { detail });
  }
  if (await out.confirm(question, signal)) return;
  throw new VergerError('E_USAGE', {}, { detail: 'The answer was not yes, so nothing was deleted.' });
}

/**
 * A run that may be under way is not deleted: one that is not finished and whose process lives on this host, or belongs to another
 * host, where nobody can see whether it lives (unless it was cancelled a minute ago or failed). Errors: E_RUN_ACTIVE; E_RUN_CORRUPT.
 */
async function refuseActive({ store, location }: RunPlace): Promise<void> {
  const manifest = await readManifest(store).catch((error: unknown) => {
    if (error instanceof VergerError && error.code === 'E_RUN_CORRUPT') throw damaged(error);
    throw error;
  });
  if (manifest === undefined) throw new VergerError('E_RUN_NOT_FOUND', { location });
  const epoch = await readEpoch(store);
  if (epoch === undefined) return;
  const { host, pid } = epoch.by;
  const activity = activityOf(epoch.by);
  if (activity === 'gone') return;
  const state = runState((await readStatus(store, manifest)).markers);
  if (state === 'done' || state === 'failed') return;
  if (activity === 'elsewhere' && state === 'cancelled') {
    const cancelled = await readCancel(store, epoch.epoch).catch(() => undefined);
    if (Date.now() - Date.parse(cancelled?.at ?? '') > STOPPED_AFTER_MS) return;
  }
  const detail =
    activity === 'alive'
      ? `Process ${pid}, which works on it, is there.`
      : `Process ${pid} of ${printable(host)} works on it, or did; that cannot be seen from here.`;
  throw new VergerError('E_RUN_ACTIVE', { location }, { detail });
}

function damaged(error: VergerError): VergerError {
  const detail = `${error.detail ?? ''} To delete what is left of the run, say --force.`;
  return new VergerError('E_RUN_CORRUPT', error.place, { detail });
}
