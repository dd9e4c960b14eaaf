import { type Stage, VergerError } from '@verger/core';
import {
  extractPartition,
  MAX_ATTEMPTS,
  newPartition,
  projectPartition,
  readCommit,
  readModel,
  type StageContext,
} from '@verger/pipeline';
import type { Outcome, TakenJob } from '@verger/queue';
import { checkAllowed } from './allowed-roots.ts';
import type { ImagePools, ReadyChildren } from './image-pools.ts';
import { attemptOf, type JobServices, jobContext } from './job-context.ts';
import type { OpenRun, OpenRuns } from './open-runs.ts';
import { settleFailed, settleUnopened } from './settle.ts';

/** What a worker works with. */
export interface WorkServices extends JobServices {
  readonly runs: OpenRuns;
  readonly pools: ImagePools;
  /** Locations below these may be worked at; empty for any. */
  readonly roots: readonly string[];
  /** Of a run with --strict, before a partition is extracted: an outcome keeps the job from this worker. */
  readonly admit: (open: OpenRun, ready: ReadyChildren) => Promise<Outcome | undefined>;
}

/** The worker's `handle`: extracts or projects one partition, whose files then stand in the storage. Never throws. */
export function handleWork(services: WorkServices) {
  return async (taken: TakenJob): Promise<Outcome> => {
    const { payload } = taken;
    try {
      checkAllowed(payload.location, services.roots);
      return await services.runs.use(payload, async (open) => {
        checkAllowed(open.run.images.describe(), services.roots);
        if (open.run.reuse !== undefined) checkAllowed(open.run.reuse.store.describe(), services.roots);
        return await workOn(services, open, taken);
      });
    } catch (error) {
      services.logger.warn({ jobId: taken.id, error: String(error) }, 'a job could not be begun');
      return settleUnopened(error, taken);
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
  const wanted = { fingerprint: open.run.manifest.fingerprint, output: open.output };
  return await services.pools.use(wanted, async (ready) => {
    const kept = kind === 'extract' && open.strict ? await services.admit(open, ready) : undefined;
    if (kept !== undefined) return kept;
    const ctx = jobContext(services, open, { ready, taken });
    return await attempt(ctx, { open, taken, stage: kind, partition });
  });
}

async function attempt(
  ctx: StageContext,
  { open, taken, stage, partition }: { open: OpenRun; taken: TakenJob; stage: Stage; partition: number },
): Promise<Outcome> {
  const job = { stage, partition };
  const attempt = await attemptOf(ctx, job, taken);
  try {
    if (stage === 'extract') {
      const last = attempt >= MAX_ATTEMPTS;
      const progress = newPartition(ctx.clock.monotonicMs());
      await extractPartition(ctx, { partition, attempt, last, ...progress });
    } else await project(ctx, open, partition);
    return { done: true };
  } catch (error) {
    return await settleFailed(error, { ctx, job, taken, attempt });
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
    open.model = undefined; // read anew by whoever is next
    throw error;
  }
}
