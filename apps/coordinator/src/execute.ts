import {
  canonicalJson,
  type Epoch,
  type Executor,
  type FinishOptions,
  type Manifest,
  type Report,
  RUN_FILES,
  type Run,
  reportSchema,
  type Storage,
  type Success,
  VergerError,
} from '@verger/core';
import {
  mergeFinish,
  openEpoch,
  parseRecord,
  readEpoch,
  reopenFinish,
  requireFile,
  verifySuccess,
} from '@verger/pipeline';
import { systemClock } from '@verger/runtime';
import { removeStaleTemporaries } from '@verger/storage';
import type { CommandInput } from './command.ts';
import { thisWorker } from './local.ts';
import { Progress } from './progress.ts';

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
}

/** The outcome of a run that is finished as asked, after its files were verified; undefined when something is left to do. */
export async function finishedAlready(
  store: Storage,
  manifest: Manifest,
  finish: FinishOptions,
): Promise<RunOutcome | undefined> {
  const success = await verifySuccess(store);
  if (success === undefined) return undefined;
  const earlier = (await readEpoch(store))?.finish;
  if (canonicalJson(mergeFinish(earlier, finish)) !== canonicalJson(earlier)) return undefined;
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
  readonly finish: FinishOptions;
}

/** Opens an epoch, submits the run and watches it to its end. Ctrl-C ends it with E_INTERRUPTED; what is committed stays. */
export async function executeRun(input: CommandInput, execution: Execution): Promise<RunOutcome> {
  const { store, images, manifest, executor, cause } = execution;
  const epoch = await nextEpoch(store, cause, execution.finish);
  await removeStaleTemporaries(store.describe());
  const run: Run = { manifest, store, images, epoch: epoch.epoch };
  const progress = new Progress(input.out);
  const end = () => void executor.close();
  input.signal.addEventListener('abort', end);
  try {
    await executor.submit(run);
    if (input.signal.aborted) end();
    for await (const event of executor.watch(run)) progress.show(event);
  } catch (error) {
    if (!input.signal.aborted) throw error;
    throw new VergerError('E_INTERRUPTED', { location: store.describe() });
  } finally {
    input.signal.removeEventListener('abort', end);
    progress.close();
  }
  const success = await verifySuccess(store);
  if (success === undefined) throw new VergerError('E_RUN_CORRUPT', { location: store.describe() });
  const report = await readReport(store);
  const { firstImageMs } = progress;
  return { location: store.describe(), manifest, success, report, already: false, firstImageMs };
}

/** The next epoch. When a finished run is asked for another CSV or limit, what finish made is forgotten first. */
async function nextEpoch(store: Storage, cause: Epoch['cause'], wanted: FinishOptions): Promise<Epoch> {
  const earlier = (await readEpoch(store))?.finish;
  const finish = mergeFinish(earlier, wanted);
  const at = systemClock.now();
  const epoch = await openEpoch(store, { cause, finish, by: thisWorker, at });
  if (earlier !== undefined && canonicalJson(earlier) !== canonicalJson(finish)) await reopenFinish(store);
  return epoch;
}
