import {
  type Epoch,
  type FinishOptions,
  type LeftOut,
  type Manifest,
  type Report,
  RUN_FILES,
  type Run,
  reportSchema,
  type Storage,
  type Success,
} from '@verger/core';
import { findDamage, isDerived, isSameFinish, parseRecord, refuseDamage, requireFile } from '@verger/run';
import type { QueueState } from './ask-queue.ts';

/** How a run ended: finished now, or found finished. */
export interface RunOutcome {
  readonly location: string;
  readonly manifest: Manifest;
  readonly success: Success;
  readonly report: Report;
  /** It was finished before; its files were read and their hashes compared. */
  readonly already: boolean;
  /** What the listing of this call left out; undefined when it did not list. */
  readonly leftOut?: LeftOut | undefined;
}

/** A run that was submitted to a queue and is not watched. */
export interface SubmittedRun {
  readonly submitted: true;
  readonly location: string;
  readonly runId: string;
  readonly epoch: number;
  /** Who is there to do it. */
  readonly queue: QueueState | undefined;
  readonly leftOut?: LeftOut | undefined;
}

/**
 * What is left of a run that may be finished: its outcome, after every file was verified, when it is finished
 * as asked and as its newest epoch asked; else the derived files (CSV, projection, quarantine, report) to
 * rebuild. Errors: E_PART_CORRUPT for files that are not derived.
 */
export async function checkFinished(
  { store, manifest }: Pick<Run, 'store' | 'manifest'>,
  { finish, newest }: { readonly finish: FinishOptions; readonly newest: Epoch | undefined },
): Promise<RunOutcome | { readonly remake: readonly string[] }> {
  const verified = await findDamage(store);
  if (verified === undefined) return { remake: [] };
  const { success, damaged } = verified;
  if (!damaged.every(isDerived))
    refuseDamage(store, { success, damaged: damaged.filter((file) => !isDerived(file)) });
  const asked = isSameFinish(finish, newest?.finish);
  if (damaged.length > 0 || !asked) return { remake: damaged };
  const report = await readReport(store);
  return { location: store.describe(), manifest, success, report, already: true };
}

/** The report of a finished run. Errors: E_RUN_CORRUPT. */
export async function readReport(store: Storage): Promise<Report> {
  const bytes = await requireFile(store, RUN_FILES.report);
  return parseRecord(bytes, reportSchema, `${store.describe()}/${RUN_FILES.report}`);
}
