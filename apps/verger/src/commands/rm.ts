import {
  ALL_RUN_FOLDERS,
  counted,
  type Epoch,
  printable,
  runState,
  type Storage,
  VergerError,
} from '@verger/core';
import { type Activity, activityOf, locateRun, type RunPlace } from '@verger/driver/runs';
import {
  type RunFolder,
  readCancel,
  readEpochs,
  readManifest,
  readRunFolder,
  readStatus,
  removeRunFiles,
} from '@verger/run';
import { removeEmptyFolders } from '@verger/storage';
import { type Command, type CommandInput, show } from '../cli/command.ts';
import { formatBytes } from '../print/text.ts';

/** This long after `cancel`, a process on another host has stopped: it looks for the mark every 5 s. */
const STOPPED_AFTER_MS = 60_000;
const SHOWN = 10;

/** `verger rm RUN --yes`: deletes the files of a run, its manifest last. Other files are kept and listed. */
export const rm: Command = async (input) => {
  const { args, flags, out, signal } = input;
  const place = await locateRun(input.storages, args[0] ?? '');
  const { store, location } = place;
  if (flags['force'] !== true) await refuseActive(place);
  let folder = await readRunFolder(store, signal);
  if (flags['yes'] !== true) {
    if (!(await isConfirmed(input, `Delete ${location}: ${sizeOf(folder)}?`))) {
      out.note('nothing was deleted');
      return 0;
    }
    // Somebody may have resumed the run during the question.
    if (flags['force'] !== true) await refuseActive(place);
    folder = await readRunFolder(store, signal);
  }
  await removeRunFiles(store, folder, signal);
  const { files, bytes, foreign } = folder;
  // A bucket has no folders: an empty one does not exist.
  const gone =
    store.remote === true ? foreign.length === 0 : await removeEmptyFolders(location, ALL_RUN_FOLDERS);
  const lines = [`deleted ${location}: ${sizeOf(folder)}`];
  if (foreign.length > 0) {
    lines.push(`  kept, because they are not part of the run:`);
    lines.push(...foreign.slice(0, SHOWN).map((name) => `    ${printable(name)}`));
    if (foreign.length > SHOWN) lines.push(`    … and ${foreign.length - SHOWN} more`);
  }
  const result = { location, files, bytes, folderRemoved: gone, left: foreign };
  show(input, result, () => lines.join('\n'));
  return 0;
};

function sizeOf({ files, bytes }: RunFolder): string {
  return `${counted(files, 'file')}, ${formatBytes(bytes)}`;
}

/** Asks for confirmation. Errors: E_USAGE if there is no terminal. */
async function isConfirmed({ json, out, signal }: CommandInput, question: string): Promise<boolean> {
  if (json || out.confirm === undefined) {
    const detail = 'Without a terminal to ask on, deleting a run needs --yes.';
    throw new VergerError('E_USAGE', { option: '--yes' }, { detail });
  }
  return await out.confirm(question, signal);
}

/**
 * Refuses a run that may be in progress: one that is not finished, and of which the process of any epoch is
 * alive on this host, or belongs to another host and so cannot be checked. It is not refused if it was
 * cancelled a minute ago, or if it failed without workers. Errors: E_RUN_ACTIVE, E_RUN_CORRUPT,
 * E_RUN_NOT_FOUND.
 */
async function refuseActive({ store, location }: RunPlace): Promise<void> {
  const manifest = await readManifest(store).catch(damaged);
  if (manifest === undefined) throw new VergerError('E_RUN_NOT_FOUND', { location });
  const epochs = await readEpochs(store).catch(damaged);
  const by = (activity: Activity) => epochs.filter((epoch) => activityOf(epoch) === activity);
  const [alive, elsewhere] = [by('alive'), by('elsewhere')];
  if (alive.length + elsewhere.length === 0) return;
  const state = runState((await readStatus(store, manifest)).facts);
  if (state === 'done') return;
  const active = (detail: string) => new VergerError('E_RUN_ACTIVE', { location }, { detail });
  const here = alive.at(-1)?.by;
  if (here !== undefined) throw active(`Process ${here.pid} is working on it.`);
  // Its process has ended; workers would continue with the other jobs after a failure.
  if (state === 'failed' && epochs.at(-1)?.queue === undefined) return;
  const stopped = await stoppedUpTo(store, epochs);
  const unseen = elsewhere.filter(({ epoch }) => epoch > stopped).at(-1);
  if (unseen === undefined) return;
  if (unseen.queue !== undefined) throw active(`Workers of ${printable(unseen.queue)} may be working on it.`);
  const { host, pid } = unseen.by;
  throw active(
    `Process ${pid} on ${printable(host)} may be working on it; this cannot be checked from here.`,
  );
}

/** The newest epoch that was cancelled long enough ago, which also stops earlier ones; 0 if there is none. */
async function stoppedUpTo(store: Storage, epochs: readonly Epoch[]): Promise<number> {
  for (const { epoch } of [...epochs].reverse()) {
    const cancelled = await readCancel(store, epoch).catch(() => undefined);
    if (Date.now() - Date.parse(cancelled?.at ?? '') > STOPPED_AFTER_MS) return epoch;
  }
  return 0;
}

function damaged(error: unknown): never {
  if (!(error instanceof VergerError) || error.code !== 'E_RUN_CORRUPT') throw error;
  const detail = `${error.detail ?? ''} To delete what is left of the run, pass --force.`;
  throw new VergerError('E_RUN_CORRUPT', error.place, { detail });
}
