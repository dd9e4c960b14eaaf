import {
  cancelFile,
  counted,
  type Epoch,
  type Executor,
  type FinishOptions,
  formatCount,
  type LeftOut,
  type Manifest,
  type Reuse,
  type ReuseSource,
  RUN_FILES,
  type Run,
  readDeadline,
  type Storage,
  type Success,
  VergerError,
} from '@verger/core';
import {
  findDamage,
  isSameFinish,
  mergeFinish,
  openEpoch,
  readEpoch,
  readFile,
  readStatus,
  readSuccess,
  refuseDamage,
  reopenFinish,
} from '@verger/run';
import { systemClock } from '@verger/runtime';
import {
  outputOf,
  probeConditionalWrites,
  removeEmptyTemporaries,
  removeStaleTemporaries,
} from '@verger/storage';
import type { Driver, RunOptions } from './driver.ts';
import type { OpenExecutor } from './open-executor.ts';
import { type RunOutcome, readReport, type SubmittedRun } from './outcome.ts';
import { isSameQueue } from './run-words.ts';
import { thisWorker } from './worker-names.ts';

/** A run that is there, and what is asked of it now. */
export interface Submission {
  readonly store: Storage;
  readonly images: Storage;
  readonly manifest: Manifest;
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
  /** Only workers of one numeric class extract. */
  readonly strict?: boolean | undefined;
  /** `--deadline` as written. */
  readonly deadline?: string | null | undefined;
  /** Creates the run, where it may not be there yet. */
  readonly create?: (() => Promise<unknown>) | undefined;
}

/**
 * Takes a run to its end: opens its next epoch, or joins the one that workers have under way for the same;
 * submits it, and follows it, unless it is left to its workers (`detach`). Errors: those of the executor, of
 * the storages and of what ended the run.
 */
export async function openEpochAndFollow(
  driver: Driver,
  open: OpenExecutor,
  submission: Submission,
  { detach = false }: { readonly detach?: boolean } = {},
): Promise<RunOutcome | SubmittedRun> {
  const { store, manifest, leftOut, reuse } = submission;
  if (detach && open.queue === undefined)
    throw new Error('Only workers can finish a run without this process.');
  const executor = await open.ready();
  // An epoch that is open already was written there.
  if (submission.epoch === undefined)
    await probeConditionalWrites(driver.storages.open(outputOf(store.describe())));
  await submission.create?.();
  // Not any earlier one: others may have opened it since.
  const newest = submission.epoch === undefined ? await readEpoch(store) : undefined;
  const joined = submission.epoch ?? (await joinedEpoch(submission, open, newest));
  // An epoch that is opened ends what others do for the one before.
  driver.signal.throwIfAborted();
  if (joined !== undefined) tellKept(driver, submission, joined);
  const epoch = joined ?? (await nextEpoch(driver, submission, { before: newest, queue: open.queue }));
  const run: Run = { manifest, store, images: submission.images, epoch: epoch.epoch, reuse };
  if (detach) {
    await executor.submit(run);
    const queue = await open.queueState?.();
    const { runId } = manifest;
    return { submitted: true, location: store.describe(), runId, epoch: epoch.epoch, queue, leftOut };
  }
  await follow(driver, { executor, queue: open.queue }, run);
  const success = await finishedWell(store, open.queue);
  await removeEmptyTemporaries(store.describe());
  const report = await readReport(store);
  return { location: store.describe(), manifest, success, report, already: false, leftOut };
}

/**
 * A run that workers have under way keeps its deadline and whether it gets a report.html: another epoch would
 * end what they are doing.
 */
function tellKept({ emit }: Driver, { deadline, finish }: Submission, kept: Epoch): void {
  const tell = (text: string) =>
    emit({ type: 'run:notice', text: `workers have this run under way: ${text}` });
  if (deadline !== null && deadline !== undefined) {
    const stays = kept.deadline === undefined ? 'it has no deadline' : `its deadline stays ${kept.deadline}`;
    tell(`${stays}; cancel it to set another`);
  }
  if (finish.htmlReport !== kept.finish.htmlReport) {
    const made = kept.finish.htmlReport === false ? 'it gets no report.html' : 'its report.html is made';
    tell(`${made}, as it was submitted`);
  }
}

/** What finish is to make: as written, and as the newest epoch asks where nothing is written. */
export function finishOf(newest: Epoch | undefined, { finish, given }: RunOptions): FinishOptions {
  const csv = (['csv', 'withImages', 'csvRaw', 'csvBom'] as const).some((name) => given.has(name));
  return mergeFinish(newest?.finish, finish, {
    ...{ csv, maxBad: given.has('maxBad'), htmlReport: given.has('noReport') },
  });
}

/**
 * Submits the run and emits its events to its end. An abort ends it with E_INTERRUPTED; what is committed
 * stays.
 */
async function follow(
  driver: Driver,
  { executor, queue }: { readonly executor: Executor; readonly queue: string | undefined },
  run: Run,
): Promise<void> {
  const { store } = run;
  const { signal } = driver;
  await removeStaleTemporaries(store.describe());
  const end = () => void executor.close();
  signal.addEventListener('abort', end);
  let submitted = false;
  try {
    await executor.submit(run);
    submitted = true;
    if (signal.aborted) end();
    for await (const event of executor.watch(run)) driver.emit(event);
  } catch (error) {
    if (!signal.aborted) throw await withKept(error, run);
    const code = submitted && queue !== undefined ? 'E_DETACHED' : 'E_INTERRUPTED';
    throw new VergerError(code, { location: store.describe() });
  } finally {
    signal.removeEventListener('abort', end);
  }
}

/**
 * The newest epoch, when it asks for the same and workers have it under way: who gives the same command again
 * joins it. A new epoch would end what they are doing. Errors: E_REDIS_….
 */
async function joinedEpoch(
  { store, manifest, finish, remake, strict }: Submission,
  open: OpenExecutor,
  newest: Epoch | undefined,
): Promise<Epoch | undefined> {
  if (newest === undefined || !isSameQueue(newest.queue, open.queue) || remake.length > 0) return undefined;
  if (strict === true && newest.strict !== true) return undefined;
  if (!isSameFinish(newest.finish, finish)) return undefined;
  const { epoch } = newest;
  if ((await readFile(store, cancelFile(epoch))) !== undefined) return undefined;
  return (await open.hasUnderWay?.({ manifest, store, epoch })) === true ? newest : undefined;
}

/**
 * `_SUCCESS` of the run that was followed. What this process made is read once more; what workers made is not
 * fetched for that (`verify` does).
 */
async function finishedWell(store: Storage, queue: string | undefined): Promise<Success> {
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
async function withKept(error: unknown, { store, manifest }: Run): Promise<unknown> {
  if (!(error instanceof VergerError) || error.code !== 'E_RUN_CANCELLED') return error;
  const { commits } = await readStatus(store, manifest);
  const partitions = counted(manifest.partitions.length, 'partition');
  const detail = `${formatCount(commits.size)} of ${partitions} are committed.`;
  return new VergerError('E_RUN_CANCELLED', { location: store.describe() }, { detail });
}

/**
 * The epoch after `before`, the newest one. What finish is to rebuild for it is forgotten: another CSV,
 * another limit, files that were damaged.
 */
async function nextEpoch(
  { emit }: Driver,
  submission: Submission,
  { before, queue }: { readonly before: Epoch | undefined; readonly queue: string | undefined },
): Promise<Epoch> {
  const { store, cause, finish, remake, leftOut } = submission;
  const earlier = before?.finish;
  const reuse = provenance(submission.reuse);
  // What was extracted so far has one class.
  const strict = submission.strict === true ? true : before?.strict;
  const deadline = queue === undefined ? undefined : deadlineOf(submission, before);
  const how = { cause, finish, reuse, strict, queue, leftOut, deadline };
  const epoch = await openEpoch(store, { ...how, by: thisWorker, at: systemClock.now() });
  const { maxBad } = finish;
  const otherCsv = earlier !== undefined && !isSameFinish(finish, { ...earlier, maxBad });
  const otherLimit = earlier !== undefined && earlier.maxBad !== maxBad;
  if (otherCsv || otherLimit || remake.length > 0) {
    if (otherCsv && earlier.csv) emit({ type: 'finish:other-csv', before: earlier, now: finish });
    if (remake.length > 0) emit({ type: 'finish:remake', files: remake });
    await reopenFinish(store, [...remake, ...(otherCsv ? [RUN_FILES.csv] : [])]);
  }
  return epoch;
}

/** When it should be done: as said now, else as said before, unless that has passed. */
function deadlineOf({ deadline: said }: Submission, before: Epoch | undefined): string | undefined {
  const nowMs = Date.parse(systemClock.now());
  const atMs = said === null || said === undefined ? undefined : readDeadline(said, nowMs);
  if (atMs !== undefined) return new Date(atMs).toISOString();
  const earlier = before?.deadline;
  return earlier !== undefined && Date.parse(earlier) > nowMs ? earlier : undefined;
}

/** How an epoch names the run whose features it may take. */
function provenance(reuse: ReuseSource | undefined): Reuse | undefined {
  if (reuse === undefined) return undefined;
  const { manifest, store, whole } = reuse;
  return { location: store.describe(), runId: manifest.runId, identity: manifest.identity, whole };
}
