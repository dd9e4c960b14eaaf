import {
  ALL_RUN_FOLDERS,
  counted,
  type Epoch,
  formatBytes,
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

/**
 * This long after `cancel`, every process has stopped: each looks for the mark every 5 s. The rest is for
 * clocks that differ and for storages that are slow.
 */
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
 * cancelled a minute ago, or if it failed without workers. Errors: E_RUN_ACTIVE, E_RUN_STOPPING for what was
 * cancelled since, E_RUN_CORRUPT, E_RUN_NOT_FOUND.
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
  const marks = await readMarks(store, epochs);
  const here = alive.at(-1);
  if (here !== undefined) {
    const { pid } = here.by;
    const waitMs = waitOf(here, marks);
    if ((waitMs ?? 0) > 0) throw stopping(location, `Process ${pid} is still running`, waitMs);
    const although = waitMs === undefined ? 'is working on it' : 'is still running although it was cancelled';
    throw new VergerError('E_RUN_ACTIVE', { location }, { detail: `Process ${pid} ${although}.` });
  }
  // Its process has ended; workers would continue with the other jobs after a failure.
  if (state === 'failed' && epochs.at(-1)?.queue === undefined) return;
  const unseen = elsewhere.filter((epoch) => (waitOf(epoch, marks) ?? 1) > 0).at(-1);
  if (unseen === undefined) return;
  const { host, pid } = unseen.by;
  const isLocal = unseen.queue === undefined;
  const workers = `Workers of ${printable(unseen.queue ?? '')}`;
  const who = isLocal ? `Process ${pid} on ${printable(host)}` : workers;
  const waitMs = waitOf(unseen, marks);
  if (waitMs !== undefined) throw stopping(location, `${who} may not have seen that yet`, waitMs);
  const unchecked = isLocal ? '; this cannot be checked from here' : '';
  throw new VergerError('E_RUN_ACTIVE', { location }, { detail: `${who} may be working on it${unchecked}.` });
}

function stopping(location: string, what: string, waitMs = 0): VergerError {
  const seconds = counted(Math.ceil(waitMs / 1000), 'second');
  return new VergerError('E_RUN_STOPPING', { location }, { detail: `${what}: wait ${seconds}.` });
}

/** When an epoch was cancelled, milliseconds since 1970. */
interface Mark {
  readonly epoch: number;
  readonly atMs: number;
}

async function readMarks(store: Storage, epochs: readonly Epoch[]): Promise<Mark[]> {
  const marks: Mark[] = [];
  for (const { epoch } of epochs) {
    const cancelled = await readCancel(store, epoch).catch(() => undefined);
    const atMs = Date.parse(cancelled?.at ?? '');
    if (!Number.isNaN(atMs)) marks.push({ epoch, atMs });
  }
  return marks;
}

/**
 * How long until who works on an epoch has certainly stopped, milliseconds; at most 0 if that is over,
 * undefined if the epoch was not cancelled. The mark of an epoch stops the earlier ones, too.
 */
function waitOf({ epoch }: Epoch, marks: readonly Mark[]): number | undefined {
  const firstMs = Math.min(...marks.filter((mark) => mark.epoch >= epoch).map(({ atMs }) => atMs));
  return Number.isFinite(firstMs) ? firstMs + STOPPED_AFTER_MS - Date.now() : undefined;
}

function damaged(error: unknown): never {
  if (!(error instanceof VergerError) || error.code !== 'E_RUN_CORRUPT') throw error;
  const detail = `${error.detail ?? ''} To delete what is left of the run, pass --force.`;
  throw new VergerError('E_RUN_CORRUPT', error.place, { detail });
}
