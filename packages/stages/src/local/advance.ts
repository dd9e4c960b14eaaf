import { canonicalJson, forEachBounded, nextStep, type Stage, type Success, VergerError } from '@verger/core';
import { checkUncancelled, commitsInOrder, type RunStatus, readStatus, readSuccess } from '@verger/run';
import type { StageContext } from '../context.ts';
import { newPartition } from '../extract/extract-images.ts';
import { extractPartition } from '../extract/extract-partition.ts';
import { finishRun } from '../finish/finish.ts';
import { projectPartition, readModel } from '../project/project.ts';
import { reduceRun } from '../reduce/reduce.ts';
import { createRunningTotal, type RunningTotal } from '../reduce/running-total.ts';
import { withAttempts } from '../retry-policy.ts';

/** Partitions under way at once: one extracts, one is committed, one is about to take its turn. */
const PARTITIONS_AT_ONCE = 3;
/** The same where most features are taken over: a partition then waits for the disk most of its time. */
const REUSED_AT_ONCE = 6;

/** What the report says of the stages of this epoch. */
interface StageMs {
  reduce: number | null;
  project: number | null;
}

/** What the steps of a run in this process hand on to each other. */
interface AdvanceState {
  readonly stageMs: StageMs;
  /** Of the partitions that this process committed. */
  readonly total: RunningTotal;
}

/**
 * Takes steps in this process until storage says that the run is done. Errors: what ended a job's last
 * attempt; E_RUN_CANCELLED when this epoch was cancelled, by whomever; the reason of the context's signal.
 */
export async function advanceRun(ctx: StageContext): Promise<Success> {
  const progress: AdvanceState = { stageMs: { reduce: null, project: null }, total: createRunningTotal() };
  const { manifest, store } = ctx.run;
  let earlier = '';
  for (;;) {
    await checkUncancelled(ctx);
    const status = await readStatus(store, manifest);
    const next = nextStep(manifest, status.commits, status.facts);
    const asked = canonicalJson({ ...next, epoch: status.facts.epoch });
    if (asked === earlier) {
      // It ended well and is asked for again, so it would be taken for ever: what it wrote does not read
      // back.
      const detail = `The ${next.step} step left no trace.`;
      throw new VergerError('E_STORAGE', { location: store.describe() }, { detail });
    }
    earlier = asked;
    switch (next.step) {
      case 'extract':
        await extractStage(ctx, next.partitions, { status, progress });
        break;
      case 'reduce':
        await reduceStage(ctx, status, progress);
        break;
      case 'project':
        await projectStage(ctx, next.partitions, { status, progress });
        break;
      case 'finish':
        await timed(ctx, { stage: 'finish', total: 1, done: 0 }, () =>
          withAttempts(ctx, { stage: 'finish', partition: null }, () =>
            finishUnlessOver(ctx, status, progress),
          ),
        );
        break;
      case 'done': {
        const success = await readSuccess(store);
        if (success !== undefined) return success;
      }
    }
  }
}

/**
 * Another submission may open an epoch while this one finishes: then the next look at the run says what that
 * one asks for, and whoever comes to it first makes it.
 */
async function finishUnlessOver(
  ctx: StageContext,
  { commits }: RunStatus,
  { stageMs }: AdvanceState,
): Promise<void> {
  try {
    await finishRun(ctx, commits, stageMs);
  } catch (error) {
    if (!(error instanceof VergerError) || error.code !== 'E_EPOCH_OVER') throw error;
  }
}

async function timed(
  ctx: StageContext,
  { stage, total, done }: { stage: Stage; total: number; done: number },
  body: () => Promise<unknown>,
): Promise<number> {
  const started = ctx.clock.monotonicMs();
  ctx.emit({ type: 'stage:start', stage, total, done });
  await body();
  const ms = ctx.clock.monotonicMs() - started;
  ctx.emit({ type: 'stage:done', stage, ms });
  return Math.round(ms);
}

async function extractStage(
  ctx: StageContext,
  partitions: readonly number[],
  { status: { extracted, quarantined, codes }, progress }: { status: RunStatus; progress: AdvanceState },
): Promise<void> {
  ctx.emit({ type: 'images:done', extracted, quarantined, ...(quarantined === 0 ? {} : { codes }) });
  const total = ctx.run.manifest.listing.images;
  await timed(ctx, { stage: 'extract', total, done: extracted + quarantined }, () =>
    forEachBounded(
      partitions,
      ctx.reuse === undefined ? PARTITIONS_AT_ONCE : REUSED_AT_ONCE,
      async (partition) => {
        await checkUncancelled(ctx);
        const fresh = newPartition(ctx.clock.monotonicMs());
        const sums = await withAttempts(ctx, { stage: 'extract', partition }, (attempt) =>
          extractPartition(ctx, { partition, ...fresh, ...attempt }),
        );
        ctx.emit({ type: 'partition:done', stage: 'extract', partition });
        if (sums !== undefined) await progress.total.add(sums);
      },
    ),
  );
}

async function reduceStage(
  ctx: StageContext,
  { commits }: RunStatus,
  { stageMs, total: sums }: AdvanceState,
): Promise<void> {
  const total = ctx.run.manifest.partitions.length;
  stageMs.reduce = await timed(ctx, { stage: 'reduce', total, done: 0 }, () =>
    withAttempts(ctx, { stage: 'reduce', partition: null }, () => reduceRun(ctx, commits, sums)),
  );
}

async function projectStage(
  ctx: StageContext,
  partitions: readonly number[],
  { status, progress: { stageMs } }: { status: RunStatus; progress: AdvanceState },
): Promise<void> {
  const total = ctx.run.manifest.partitions.length;
  stageMs.project = await timed(
    ctx,
    { stage: 'project', total, done: total - partitions.length },
    async () => {
      const model = await withAttempts(ctx, { stage: 'project', partition: null }, () => readModel(ctx));
      const commits = commitsInOrder(ctx.run, status.commits);
      await forEachBounded(partitions, ctx.children.processes + 1, async (partition) => {
        const commit = commits[partition];
        if (commit === undefined) throw new Error(`no commit for partition ${partition}`);
        await checkUncancelled(ctx);
        await withAttempts(ctx, { stage: 'project', partition }, () => projectPartition(ctx, commit, model));
      });
    },
  );
}
