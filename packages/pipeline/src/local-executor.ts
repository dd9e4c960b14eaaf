import { setMaxListeners } from 'node:events';
import {
  type Clock,
  cancelFile,
  type Executor,
  epochFile,
  epochSchema,
  type Logger,
  nextStep,
  RUN_FILES,
  type Run,
  type RunEvent,
  runLayout,
  type Stage,
  type Success,
  successSchema,
  VergerError,
  type WorkerRef,
} from '@verger/core';
import { withAttempts } from './attempts.ts';
import { Budget, forEachBounded } from './bounded.ts';
import type { ImageOutcome } from './child-protocol.ts';
import type { Children } from './children.ts';
import { EventQueue } from './event-queue.ts';
import { extractPartition } from './extract.ts';
import { finishRun } from './finish.ts';
import { readStatus } from './markers.ts';
import { projectPartition, readModel } from './project.ts';
import { readRecord, recordBytes } from './records.ts';
import { readCommits, reduceRun } from './reduce.ts';
import type { StageContext } from './stage-context.ts';

/** Bytes of images in memory at once, read and not yet answered for. */
const IMAGE_BYTES_AHEAD = 256 * 1024 * 1024;
/** Partitions under way at once: one extracts, one is committed, one is about to take its turn. */
const PARTITIONS_AT_ONCE = 3;

export interface LocalExecutorOptions {
  readonly children: Children;
  readonly worker: WorkerRef;
  readonly clock: Clock;
  readonly logger: Logger;
}

interface Submission {
  readonly events: EventQueue<RunEvent>;
  readonly abort: AbortController;
  readonly ended: Promise<void>;
}

/** Runs the stages in this process, with the image work in children: no server of any kind, like Spark's `local[*]`. */
export function createLocalExecutor(options: LocalExecutorOptions): Executor {
  const submissions = new Map<string, Submission>();
  const find = (run: Run) => {
    const submission = submissions.get(run.store.describe());
    if (submission === undefined) throw new Error(`not submitted: ${run.store.describe()}`);
    return submission;
  };
  return {
    submit: async (run) => {
      const epoch = await readRecord(run.store, epochFile(run.epoch), epochSchema);
      if (epoch === undefined) throw new Error(`epoch ${run.epoch} is not in storage`);
      const events = new EventQueue<RunEvent>();
      const abort = new AbortController();
      setMaxListeners(0, abort.signal); // one listener for each image under way
      const context: StageContext = {
        ...options,
        run,
        epoch,
        layout: runLayout(run.manifest.partDigits),
        signal: abort.signal,
        imageBytes: new Budget(IMAGE_BYTES_AHEAD),
        turn: new Budget(1),
        emit: (event) => events.push(event),
      };
      const ended = advance(context).then(
        (success) => {
          events.push({ type: 'run:done', verdict: success.verdict });
          events.end();
        },
        (error) => events.fail(error),
      );
      submissions.set(run.store.describe(), { events, abort, ended });
    },
    watch: (run) => find(run).events.read(),
    cancel: async (run) => {
      const at = options.clock.now();
      await run.store.create(cancelFile(run.epoch), recordBytes({ by: options.worker, at }));
      const submission = find(run);
      submission.abort.abort(new VergerError('E_RUN_CANCELLED'));
      await submission.ended;
    },
    close: async () => {
      for (const { abort, ended } of submissions.values()) {
        abort.abort(new VergerError('E_INTERRUPTED'));
        await ended;
      }
      submissions.clear();
    },
  };
}

/** Takes steps until storage says that the run is done. */
async function advance(ctx: StageContext): Promise<Success> {
  const stageMs: { reduce: number | null; project: number | null } = { reduce: null, project: null };
  const timed = async (stage: Stage, count: { total: number; done: number }, body: () => Promise<void>) => {
    const started = ctx.clock.monotonicMs();
    ctx.emit({ type: 'stage:start', stage, ...count });
    await body();
    const ms = ctx.clock.monotonicMs() - started;
    if (stage === 'reduce' || stage === 'project') stageMs[stage] = Math.round(ms);
    ctx.emit({ type: 'stage:done', stage, ms });
  };
  const { manifest, store } = ctx.run;
  for (;;) {
    ctx.signal.throwIfAborted();
    const status = await readStatus(store, manifest);
    const next = nextStep(manifest, status.commits, status.markers);
    switch (next.step) {
      case 'extract': {
        const { extracted, quarantined } = status;
        ctx.emit({ type: 'images:done', extracted, quarantined });
        const done = extracted + quarantined;
        const total = manifest.listing.images;
        await timed('extract', { total, done }, () => extractAll(ctx, next.partitions));
        break;
      }
      case 'reduce':
        await timed('reduce', { total: manifest.partitions.length, done: 0 }, () =>
          withAttempts(ctx, { stage: 'reduce', partition: null }, () => reduceRun(ctx)),
        );
        break;
      case 'project': {
        const total = manifest.partitions.length;
        const done = total - next.partitions.length;
        await timed('project', { total, done }, () => projectAll(ctx, next.partitions));
        break;
      }
      case 'finish':
        await timed('finish', { total: 1, done: 0 }, async () => {
          await withAttempts(ctx, { stage: 'finish', partition: null }, () => finishRun(ctx, stageMs));
        });
        break;
      case 'done': {
        const success = await readRecord(store, RUN_FILES.success, successSchema);
        if (success !== undefined) return success;
      }
    }
  }
}

async function extractAll(ctx: StageContext, partitions: readonly number[]): Promise<void> {
  await forEachBounded(partitions, PARTITIONS_AT_ONCE, async (partition) => {
    const outcomes: (ImageOutcome | undefined)[] = [];
    await withAttempts(ctx, { stage: 'extract', partition }, (attempt) =>
      extractPartition(ctx, { partition, outcomes, ...attempt }),
    );
    ctx.emit({ type: 'partition:done', stage: 'extract', partition });
  });
}

async function projectAll(ctx: StageContext, partitions: readonly number[]): Promise<void> {
  const model = await readModel(ctx);
  const commits = await readCommits(ctx);
  await forEachBounded(partitions, ctx.children.processes + 1, async (partition) => {
    const commit = commits[partition];
    if (commit === undefined) throw new Error(`no commit for partition ${partition}`);
    await withAttempts(ctx, { stage: 'project', partition }, () => projectPartition(ctx, commit, model));
  });
}
