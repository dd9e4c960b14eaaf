import {
  cancelFile,
  canonicalJson,
  type Epoch,
  type Executor,
  type FinishOptions,
  type LeftOut,
  type Manifest,
  type Report,
  type Reuse,
  type ReuseSource,
  RUN_FILES,
  type Run,
  reportSchema,
  type Storage,
  type Success,
  VergerError,
} from '@verger/core';
import {
  findDamage,
  isDerived,
  openEpoch,
  parseRecord,
  readEpoch,
  readFile,
  readStatus,
  readSuccess,
  refuseDamage,
  reopenFinish,
  requireFile,
} from '@verger/run';
import { systemClock } from '@verger/runtime';
import { removeStaleTemporaries } from '@verger/storage';
import type { CommandInput } from './cli/command.ts';
import type { RunSite } from './open-site.ts';
import { Progress } from './print/progress.ts';
import { counted, formatCount } from './print/text.ts';
import { askQueue, whyIdle } from './queue-status.ts';
import { thisWorker } from './this-worker.ts';

/** How a run ended: finished now, or found finished. */
export interface RunOutcome {
  readonly location: string;
  readonly manifest: Manifest;
  readonly success: Success;
  readonly report: Report;
  /** It was finished before; its files were read and their hashes compared. */
  readonly already: boolean;
  /** From the start of this process to its first image; undefined when none was extracted now. */
  readonly firstImageMs: number | undefined;
  /** What the listing of this command left out; undefined when it did not list. */
  readonly leftOut?: LeftOut | undefined;
}

/**
 * What is left of a run that may be finished: its outcome, after every file was verified, when it is finished as asked; else the
 * derived files (CSV, projection, quarantine, report) that are to be made again. Errors: E_PART_CORRUPT for files that are not derived.
 */
export async function checkFinished(
  store: Storage,
  manifest: Manifest,
  finish: FinishOptions,
): Promise<RunOutcome | { readonly remake: readonly string[] }> {
  const verified = await findDamage(store);
  if (verified === undefined) return { remake: [] };
  const { success, damaged } = verified;
  if (!damaged.every(isDerived))
    refuseDamage(store, { success, damaged: damaged.filter((file) => !isDerived(file)) });
  const earlier = (await readEpoch(store))?.finish;
  const asked = canonicalJson(finish) === canonicalJson(earlier);
  if (damaged.length > 0 || !asked) return { remake: damaged };
  const report = await readReport(store);
  return { location: store.describe(), manifest, success, report, already: true, firstImageMs: undefined };
}

export async function readReport(store: Storage): Promise<Report> {
  const bytes = await requireFile(store, RUN_FILES.report);
  return parseRecord(bytes, reportSchema, `${store.describe()}/${RUN_FILES.report}`);
}

export interface Execution {
  readonly store: Storage;
  readonly images: Storage;
  readonly manifest: Manifest;
  readonly executor: Executor;
  readonly cause: Epoch['cause'];
  /** What finish is to make, merged with what was asked before. */
  readonly finish: FinishOptions;
  /** Derived files to forget first, so that they are made again. */
  readonly remake: readonly string[];
  /** An epoch that is open already, in place of a new one. */
  readonly epoch?: Epoch | undefined;
  /** A run whose features may be taken. */
  readonly reuse?: ReuseSource | undefined;
  /** What the listing of this submission left out. */
  readonly leftOut?: LeftOut | undefined;
  /** The queue whose workers do it; undefined when this process does. */
  readonly queue?: string | undefined;
}

/**
 * The newest epoch, when it asks for the same and workers have it under way: who gives the same command again joins it. A new epoch
 * would end what they are doing. Errors: E_REDIS_….
 */
export async function joinedEpoch(
  { flags }: Pick<CommandInput, 'flags'>,
  { store, manifest, finish, remake }: Pick<Execution, 'store' | 'manifest' | 'finish' | 'remake'>,
  site: RunSite,
): Promise<Epoch | undefined> {
  const newest = await readEpoch(store);
  if (newest?.queue === undefined || newest.queue !== site.queue || remake.length > 0) return undefined;
  if (flags['strict'] === true && newest.strict !== true) return undefined;
  if (canonicalJson(newest.finish) !== canonicalJson(finish)) return undefined;
  const { epoch } = newest;
  if ((await readFile(store, cancelFile(epoch))) !== undefined) return undefined;
  return (await site.hasUnderWay?.({ manifest, store, epoch })) === true ? newest : undefined;
}

/** A run that was submitted to a queue and is not watched. */
export interface DetachedRun {
  readonly detached: true;
  readonly location: string;
  readonly runId: string;
  readonly epoch: number;
  readonly leftOut?: LeftOut | undefined;
}

/** Opens an epoch and submits the run to a queue, whose workers take it to its end without this process. */
export async function submitRun(input: CommandInput, execution: Execution): Promise<DetachedRun> {
  const { store, images, manifest, executor, reuse } = execution;
  input.signal.throwIfAborted();
  const { epoch } = execution.epoch ?? (await nextEpoch(input, execution));
  await executor.submit({ manifest, store, images, epoch, reuse });
  const queue = await askQueue(input);
  const idle = queue === undefined ? '' : whyIdle(queue);
  if (idle !== '') input.out.note(`note: ${idle}`);
  return { detached: true, location: store.describe(), runId: manifest.runId, epoch };
}

/** Opens an epoch, submits the run and watches it to its end. Ctrl-C ends it with E_INTERRUPTED; what is committed stays. */
export async function executeRun(input: CommandInput, execution: Execution): Promise<RunOutcome> {
  const { store, images, manifest, executor, reuse } = execution;
  input.signal.throwIfAborted();
  const epoch = execution.epoch ?? (await nextEpoch(input, execution));
  await removeStaleTemporaries(store.describe());
  const run: Run = { manifest, store, images, epoch: epoch.epoch, reuse };
  const progress = new Progress(input.out);
  const end = () => {
    progress.end();
    void executor.close();
  };
  input.signal.addEventListener('abort', end);
  // The bar makes room for a notice.
  input.storages.onWait((text) => progress.show({ type: 'run:notice', text }));
  let submitted = false;
  try {
    await executor.submit(run);
    submitted = true;
    if (input.signal.aborted) end();
    for await (const event of executor.watch(run)) progress.show(event);
  } catch (error) {
    if (!input.signal.aborted) throw await withKept(error, execution);
    const code = submitted && execution.queue !== undefined ? 'E_DETACHED' : 'E_INTERRUPTED';
    throw new VergerError(code, { location: store.describe() });
  } finally {
    input.signal.removeEventListener('abort', end);
    input.storages.onWait((text) => input.out.note(`note: ${text}`));
    progress.close();
  }
  const success = await finishedWell(execution);
  const report = await readReport(store);
  const { firstImageMs } = progress;
  return { location: store.describe(), manifest, success, report, already: false, firstImageMs };
}

/** `_SUCCESS` of the run that was watched. What this process made is read once more; what workers made is not fetched for that (`verify` does). */
async function finishedWell({ store, queue }: Execution): Promise<Success> {
  const reopened = new VergerError('E_RUN_REOPENED', { location: store.describe() });
  if (queue !== undefined) {
    const success = await readSuccess(store);
    if (success === undefined) throw reopened;
    return success;
  }
  const verified = await findDamage(store);
  if (verified === undefined) throw reopened;
  refuseDamage(store, verified);
  return verified.success;
}

/** A cancelled run says what of it is kept; every other error is as it was. */
async function withKept(error: unknown, { store, manifest }: Execution): Promise<unknown> {
  if (!(error instanceof VergerError) || error.code !== 'E_RUN_CANCELLED') return error;
  const { commits } = await readStatus(store, manifest);
  const partitions = counted(manifest.partitions.length, 'partition');
  const detail = `${formatCount(commits.size)} of ${partitions} are committed.`;
  return new VergerError('E_RUN_CANCELLED', { location: store.describe() }, { detail });
}

/** The next epoch. What it asks finish to make anew is forgotten: another CSV, another limit, files that were damaged. */
async function nextEpoch(input: CommandInput, execution: Execution): Promise<Epoch> {
  const { store, cause, finish, remake } = execution;
  const before = await readEpoch(store);
  const earlier = before?.finish;
  const reuse = provenance(execution.reuse);
  const { queue, leftOut } = execution;
  // What was extracted so far has one class.
  const strict = input.flags['strict'] === true ? true : before?.strict;
  const at = systemClock.now();
  const how = { cause, finish, reuse, strict, queue, leftOut };
  const epoch = await openEpoch(store, { ...how, by: thisWorker, at });
  const { maxBad, ...csv } = finish;
  const otherCsv =
    earlier !== undefined && canonicalJson({ ...csv, maxBad }) !== canonicalJson({ ...earlier, maxBad });
  const otherLimit = earlier !== undefined && earlier.maxBad !== maxBad;
  if (otherCsv || otherLimit || remake.length > 0) {
    if (otherCsv && earlier.csv)
      input.out.note(`result.csv is made again: ${csvWords(earlier)} -> ${csvWords(finish)}`);
    if (remake.length > 0) input.out.note(`making again what is gone or damaged: ${remake.join(', ')}`);
    await reopenFinish(store, [...remake, ...(otherCsv ? [RUN_FILES.csv] : [])]);
  }
  return epoch;
}

/** How an epoch names the run whose features it may take. */
function provenance(reuse: ReuseSource | undefined): Reuse | undefined {
  if (reuse === undefined) return undefined;
  const { manifest, store, whole } = reuse;
  return { location: store.describe(), runId: manifest.runId, identity: manifest.identity, whole };
}

function csvWords({ csv, withImages, csvRaw, csvBom }: FinishOptions): string {
  if (!csv) return 'none';
  return `${withImages ? 'with' : 'without'} images${csvRaw ? ', raw' : ''}${csvBom === true ? ', with a byte order mark' : ''}`;
}
