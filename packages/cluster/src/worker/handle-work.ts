import { type Stage, VergerError } from '@verger/core';
import type { Outcome, TakenJob } from '@verger/queue';
import { readCalibrationFile, readCommit } from '@verger/run';
import {
  extractPartition,
  MAX_ATTEMPTS,
  newPartition,
  projectPartition,
  readModel,
  type StageContext,
} from '@verger/stages';
import { attemptOf, type JobServices, jobContext } from '../jobs/job-context.ts';
import type { OpenRun, OpenRuns } from '../jobs/open-runs.ts';
import { isOverPool, outcomeOfFailure, reportToQueue } from '../jobs/record-outcomes.ts';
import type { MachineFaults } from '../service/machine-faults.ts';
import type { ImagePools, ReadyChildren } from './image-pools.ts';
import { refuseInt8 } from './int8-cpu.ts';

/** What a worker works with. */
export interface WorkServices extends JobServices {
  readonly runs: OpenRuns;
  readonly pools: ImagePools;
  readonly own: MachineFaults;
  /** Of a run with --strict, before a partition is extracted: an outcome keeps the job from this worker. */
  readonly admit: (open: OpenRun, ready: ReadyChildren) => Promise<Outcome | undefined>;
}

/**
 * The worker's `handle`: extracts or projects one partition, whose files are then in the storage. Never
 * throws.
 */
export function handleWork(services: WorkServices) {
  const guarded = refuseInt8(services, services.own);
  return async (taken: TakenJob): Promise<Outcome> => {
    const { payload } = taken;
    try {
      const outcome = await services.runs.use(payload, async (open) =>
        guarded(open.run, () => workOn(services, open, taken)),
      );
      if ('done' in outcome) services.own.succeeded();
      return outcome;
    } catch (error) {
      return await reportToQueue(error, taken, services);
    }
  };
}

async function workOn(services: WorkServices, open: OpenRun, taken: TakenJob): Promise<Outcome> {
  const { kind, partition } = taken.payload;
  if ((kind !== 'extract' && kind !== 'project') || partition === null) {
    return { failed: `E_JOB_PAYLOAD: a worker does no ${kind} jobs` };
  }
  // A job that was done already (its answer got lost) needs no children.
  if (kind === 'extract' && (await readCommit(open.run, partition)) !== undefined) return { done: true };
  if (partition >= open.run.manifest.partitions.length) {
    return { failed: `E_JOB_PAYLOAD: the run has no partition ${partition}` };
  }
  const { run, output } = open;
  const calibration = () => readCalibrationFile(run);
  const wanted = { fingerprint: run.manifest.fingerprint, output, calibration };
  return await services.pools.use(wanted, async (ready) => {
    const kept = kind === 'extract' && open.strict ? await services.admit(open, ready) : undefined;
    if (kept !== undefined) return kept;
    const ctx = jobContext(services, open, { ready, taken });
    return await attempt(services, ctx, { open, ready, taken, stage: kind, partition });
  });
}

interface Work {
  readonly open: OpenRun;
  readonly ready: ReadyChildren;
  readonly taken: TakenJob;
  readonly stage: Stage;
  readonly partition: number;
}

async function attempt(
  { own }: WorkServices,
  ctx: StageContext,
  { open, ready, taken, stage, partition }: Work,
): Promise<Outcome> {
  const job = { stage, partition };
  const attempt = await attemptOf(ctx, job, taken);
  const progress = newPartition(ctx.clock.monotonicMs());
  const ended = (ok: boolean) => {
    const ms = ctx.clock.monotonicMs() - progress.startedMs;
    const timings = stage === 'extract' ? { timings: progress.timings } : {};
    ctx.emit({ type: 'attempt:ended', stage, ok, ms, ...timings });
  };
  try {
    if (stage === 'extract') {
      const last = attempt >= MAX_ATTEMPTS;
      await extractPartition(ctx, { partition, attempt, last, ...progress });
    } else await project(ctx, open, partition);
    ended(true);
    return { done: true };
  } catch (error) {
    ended(false);
    if (isOverPool(error)) ready.discard();
    return await outcomeOfFailure(error, { ctx, job, taken, attempt, own });
  }
}

async function project(ctx: StageContext, open: OpenRun, partition: number): Promise<void> {
  open.model ??= readModel(ctx);
  try {
    const commit = await readCommit(ctx.run, partition);
    if (commit === undefined) {
      throw new VergerError('E_RUN_CORRUPT', { partition }, { detail: 'It has no commit.' });
    }
    await projectPartition(ctx, commit, await open.model);
  } catch (error) {
    open.model = undefined; // read again by whoever is next
    throw error;
  }
}
