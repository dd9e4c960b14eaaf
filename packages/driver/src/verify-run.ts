import { VergerError } from '@verger/core';
import { readCalibrationFile } from '@verger/run';
import { type StageContext, type StageServices, stageContext } from '@verger/stages';
import { type Examination, examineRun, type Recomputed, recomputeRows } from '@verger/verify';
import type { Driver, RunOptions } from './driver.ts';
import { type FoundRun, openImages } from './find-run.ts';
import { networkOfRun } from './find-weights.ts';
import { type ChildOptions, startChildren } from './open-executor.ts';

/** A run that is looked after, and the options of the machine that does it. */
export interface CheckedRun {
  readonly run: FoundRun;
  readonly options: Pick<RunOptions, 'operational'>;
}

/** What `verifyRun` is asked for: `recompute` names random rows to extract again. */
export interface VerifyRequest extends CheckedRun {
  readonly recompute?: { readonly count: number; readonly seed: number } | undefined;
}

/** An examination, and what extracting some rows again gave. */
export interface Verified extends Examination {
  readonly recomputed?: Recomputed;
}

/** Children that are open for another step of the same command. */
export interface OpenChildren {
  readonly services: StageServices;
  /** False where they were started without weights: such extract nothing. */
  readonly hasNetwork: boolean;
}

/**
 * Holds everything that a run promises against what its files say, by recomputing it; with `recompute`,
 * `count` random rows are extracted again as well, for which the run's weights are needed. Takes the children
 * that are open, where they can do it. Errors: those of storage and children, E_WEIGHTS_…, never what is
 * found.
 */
export async function verifyRun(
  driver: Driver,
  { run, options, recompute }: VerifyRequest,
  open?: OpenChildren,
): Promise<Verified> {
  if (recompute === undefined || !(await hasCalibration(run)))
    return await examine(driver, { run, options }, open);
  const work = async (ctx: StageContext) => {
    const examination = await examineIn(driver, ctx);
    const recomputed = await recomputeRows(ctx, examination.parts, recompute);
    return { ...examination, findings: [...examination.findings, ...recomputed.findings], recomputed };
  };
  if (open?.hasNetwork === true) return await work(contextOf(driver, run, open.services));
  const init = networkOfRun(driver, run, options.operational);
  return await withChildren(driver, { run, options, init }, work);
}

/** False where the calibration is damaged: a finding says so, and nothing can be extracted again. */
async function hasCalibration(run: FoundRun): Promise<boolean> {
  try {
    await readCalibrationFile(run);
    return true;
  } catch (error) {
    if (error instanceof VergerError && error.code === 'E_RUN_CORRUPT') return false;
    throw error;
  }
}

/**
 * Examines a run in the children that are open, else in some that need no weights. Errors: those of storage
 * and children, never what is found.
 */
export async function examine(
  driver: Driver,
  { run, options }: CheckedRun,
  open?: OpenChildren,
): Promise<Examination> {
  if (open !== undefined) return await examineIn(driver, contextOf(driver, run, open.services));
  const { fingerprint } = run.manifest;
  const init = { network: null, fingerprint };
  return await withChildren(driver, { run, options, init }, (ctx) => examineIn(driver, ctx));
}

const examineIn = (driver: Driver, ctx: StageContext) =>
  examineRun(ctx, (progress) => driver.emit({ type: 'verify:progress', ...progress }));

function contextOf(driver: Driver, { manifest, store }: FoundRun, services: StageServices): StageContext {
  const run = { manifest, store, images: openImages(driver, manifest), epoch: 0 };
  return stageContext(services, { run, signal: driver.signal, emit: () => {} });
}

/**
 * Work of this process on a run, in children that are there for it. Errors: those of children, and of work.
 */
export async function withChildren<T>(
  driver: Driver,
  of: CheckedRun & { readonly init: Parameters<typeof startChildren>[2] },
  work: (ctx: StageContext) => Promise<T>,
): Promise<T> {
  const machine: ChildOptions = of.options.operational;
  const children = startChildren(driver, machine, of.init);
  try {
    await children.ready();
    return await work(contextOf(driver, of.run, children.services));
  } finally {
    await children.close();
  }
}
