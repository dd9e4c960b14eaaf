import { type StageContext, stageContext } from '@verger/stages';
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

/**
 * Holds everything that a run promises against what its files say, by recomputing it; with `recompute`,
 * `count` random rows are extracted again as well, for which the run's weights are needed. Errors: those of
 * storage and children, E_WEIGHTS_…, never what is found.
 */
export async function verifyRun(
  driver: Driver,
  { run, options, recompute }: VerifyRequest,
): Promise<Verified> {
  const examination = await examine(driver, { run, options });
  if (recompute === undefined) return examination;
  const init = networkOfRun(driver, run.manifest, options.operational);
  return await withChildren(driver, { run, options, init }, async (ctx) => {
    const recomputed = await recomputeRows(ctx, examination.parts, recompute);
    return { ...examination, findings: [...examination.findings, ...recomputed.findings], recomputed };
  });
}

/**
 * Examines a run in children that need no weights. Errors: those of storage and children, never what is
 * found.
 */
export async function examine(driver: Driver, { run, options }: CheckedRun): Promise<Examination> {
  const { fingerprint } = run.manifest;
  const init = { network: null, fingerprint };
  return await withChildren(driver, { run, options, init }, async (ctx) =>
    examineRun(ctx, (progress) => driver.emit({ type: 'verify:progress', ...progress })),
  );
}

async function withChildren<T>(
  driver: Driver,
  of: CheckedRun & { readonly init: Parameters<typeof startChildren>[2] },
  work: (ctx: StageContext) => Promise<T>,
): Promise<T> {
  const { manifest, store } = of.run;
  const machine: ChildOptions = of.options.operational;
  const children = startChildren(driver, machine, of.init);
  try {
    await children.ready();
    const run = { manifest, store, images: openImages(driver, manifest), epoch: 0 };
    return await work(stageContext(children.services, { run, signal: driver.signal, emit: () => {} }));
  } finally {
    await children.close();
  }
}
