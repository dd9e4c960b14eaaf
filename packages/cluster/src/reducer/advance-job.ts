import { nextStep, type Run, type Stage, VergerError } from '@verger/core';
import type { JobQueue, Outcome, RunRef, TakenJob } from '@verger/queue';
import {
  checkUncancelled,
  newestEpoch,
  readEpoch,
  readFailures,
  readStatus,
  recordFailure,
} from '@verger/run';
import { finishRun, reduceRun, type StageContext } from '@verger/stages';
import { removeEmptyTemporaries } from '@verger/storage';
import { isPending } from '../coordinator/queue-state.ts';
import { attemptOf, type JobServices, jobContext } from '../jobs/job-context.ts';
import type { OpenRuns } from '../jobs/open-runs.ts';
import { isOverPool, outcomeOfFailure, parseReason, reportToQueue } from '../jobs/record-outcomes.ts';
import { checkAllowed } from '../service/allowed-roots.ts';
import type { MachineFaults } from '../service/machine-faults.ts';
import type { ImagePools, ReadyChildren } from '../worker/image-pools.ts';

/** What a reducer works with. */
export interface AdvanceServices extends JobServices {
  readonly runs: OpenRuns;
  readonly pools: ImagePools;
  readonly queue: JobQueue;
  /** Locations below these may be opened; empty for any. */
  readonly roots: readonly string[];
  readonly own: MachineFaults;
}

/**
 * The reducer's `handle`: takes a run as far as it can go without workers. Reduce and finish jobs do the
 * same: storage says what comes next (`nextStep`), partitions that miss are waited for, and a flow that only
 * half arrived in the queue is completed. Never throws.
 */
export function advanceJob(services: AdvanceServices) {
  return async (taken: TakenJob): Promise<Outcome> => {
    const { payload } = taken;
    if (payload.partition !== null)
      return { failed: `E_JOB_PAYLOAD: a reducer does no ${payload.kind} jobs` };
    try {
      const outcome = await services.runs.use(payload, async (open) => {
        const wanted = { fingerprint: open.run.manifest.fingerprint, output: open.output };
        return await services.pools.use(wanted, async (ready) =>
          lead(services, jobContext(services, open, { ready, taken }), { taken, ready }),
        );
      });
      if (!('again' in outcome)) services.own.succeeded();
      return outcome;
    } catch (error) {
      return await reportToQueue(error, taken, services);
    }
  };
}

/** Steps until the run waits for workers, or has ended. */
async function lead(
  services: AdvanceServices,
  ctx: StageContext,
  { taken, ready }: { taken: TakenJob; ready: ReadyChildren },
): Promise<Outcome> {
  const { run } = ctx;
  let reduceMs: number | null = null;
  for (;;) {
    ctx.signal.throwIfAborted();
    const status = await readStatus(run.store, run.manifest);
    const next = nextStep(run.manifest, status.commits, status.facts);
    if (next.step === 'done') return { done: true };
    if (next.step === 'extract' || next.step === 'project') {
      return await awaitPartitions(services, ctx, { taken, stage: next.step, partitions: next.partitions });
    }
    const stage = next.step;
    const attempt = await attemptOf(ctx, { stage, partition: null }, taken);
    const started = ctx.clock.monotonicMs();
    const ended = (ok: boolean) => {
      const ms = ctx.clock.monotonicMs() - started;
      ctx.emit({ type: 'attempt:ended', stage, ok, ms });
      return ms;
    };
    try {
      if (stage === 'reduce') await reduceRun(ctx, status.commits);
      else {
        await checkCsvImages(services, run);
        const mayReadImages = () => checkAllowed(run.images.describe(), services.roots);
        await finishRun(ctx, status.commits, { reduce: reduceMs, project: null }, { mayReadImages });
        await removeEmptyTemporaries(run.store.describe());
      }
    } catch (error) {
      ended(false);
      if (isOverPool(error)) ready.discard();
      const job = { stage, partition: null };
      return await outcomeOfFailure(error, { ctx, job, taken, attempt, own: services.own });
    }
    const ms = ended(true);
    if (stage === 'reduce') reduceMs = Math.round(ms);
    services.logger.info({ runId: run.manifest.runId, stage }, 'done');
  }
}

/** A CSV that holds images cannot be made without them. A page can. Errors: E_LOCATION_DENIED. */
async function checkCsvImages({ roots }: AdvanceServices, { store, images }: Run): Promise<void> {
  if ((await readEpoch(store))?.finish.withImages === true) await checkAllowed(images.describe(), roots);
}

interface Missing {
  readonly taken: TakenJob;
  readonly stage: 'extract' | 'project';
  readonly partitions: readonly number[];
}

/**
 * Partitions that miss are under way, or were never added (then they are now), or have failed: then the run
 * has.
 */
async function awaitPartitions(
  services: AdvanceServices,
  ctx: StageContext,
  { taken, stage, partitions }: Missing,
): Promise<Outcome> {
  const { queue } = services;
  const { location, runId, epoch, priority, kind } = taken.payload;
  const ref: RunRef = { location, runId, epoch, priority };
  const states = await queue.states(ref, stage, partitions);
  const absent = partitions.filter((partition) => (states.get(partition) ?? 'absent') === 'absent');
  // The jobs of the next stage have a lead of their own, which must be there even where all of them are.
  const handsOver = stage === 'project' && kind === 'reduce';
  if (absent.length > 0 || handsOver) await queue.submit(ref, stage, absent);
  if (handsOver) return { done: true };
  if (absent.length > 0 || partitions.some((partition) => isPending(states.get(partition)))) {
    return { waitForChildren: true };
  }
  if (await hasMoved(ctx, { stage, partitions }))
    return { again: 0, reason: 'partitions were done meanwhile' };
  await recordLost(services, ctx, { ref, stage, partitions });
  const first = `${stage} of ${partitions.length} of ${ctx.run.manifest.partitions.length} partitions failed`;
  return { failed: `E_RUN_FAILED: ${first}` };
}

/**
 * The storage was looked at before the queue: true when some of the partitions were done between the two.
 * Jobs that ended without a result because their epoch did have not failed. Errors: E_EPOCH_OVER,
 * E_RUN_CANCELLED.
 */
async function hasMoved(
  { run, signal }: StageContext,
  { stage, partitions }: Pick<Missing, 'stage' | 'partitions'>,
): Promise<boolean> {
  await checkUncancelled({ run, signal });
  if ((await newestEpoch(run.store)) > run.epoch) {
    throw new VergerError('E_EPOCH_OVER', { location: run.store.describe() });
  }
  const { commits, facts } = await readStatus(run.store, run.manifest);
  const next = nextStep(run.manifest, commits, facts);
  return next.step !== stage || next.partitions.length < partitions.length;
}

/**
 * A job that failed without a trace in storage (given up by the queue, not allowed, of another release)
 * leaves one now.
 */
async function recordLost(
  { queue, logger }: AdvanceServices,
  ctx: StageContext,
  {
    ref,
    stage,
    partitions,
  }: { ref: RunRef; stage: Stage & ('extract' | 'project'); partitions: readonly number[] },
): Promise<void> {
  const told = new Set(
    (await readFailures(ctx.run.store, ctx.run.epoch))
      .filter(({ kind, permanent }) => kind === stage && permanent)
      .map(({ partition }) => partition),
  );
  // The first few say it all: every one of a run of 20,000 would say the same.
  for (const partition of partitions.filter((one) => !told.has(one)).slice(0, 20)) {
    const { code, text } = parseReason(
      (await queue.failedReason(ref, stage, partition)) ?? 'It ended without a result.',
    );
    const reason = code === 'E_JOB_LOST' ? new VergerError(code, {}, { detail: text }).message : text;
    logger.warn({ stage, partition, code }, reason);
    await recordFailure(ctx, { stage, partition }, { attempt: 1, code, reason, path: null, permanent: true });
  }
}
