import { setMaxListeners } from 'node:events';
import {
  type Clock,
  type Executor,
  type Logger,
  type Run,
  type RunEvent,
  VergerError,
  type WorkerRef,
} from '@verger/core';
import { markCancelled, readEpoch, watchCancel } from '@verger/run';
import type { Children } from '../children/children.ts';
import { type StageContext, stageContext } from '../context.ts';
import { pause } from '../retry-policy.ts';
import { advanceRun } from './advance.ts';
import { EventQueue } from './event-queue.ts';

/** What a local executor works with. */
export interface LocalExecutorOptions {
  readonly children: Children;
  readonly worker: WorkerRef;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Waits between two attempts. Default: by a timer. */
  readonly pause?: StageContext['pause'];
  /** Milliseconds between two looks for the mark of `verger cancel`. Default: 5,000. */
  readonly cancelPollMs?: number;
}

/** One run on its way, or ended. */
interface Submission {
  readonly events: EventQueue<RunEvent>;
  readonly abort: AbortController;
  readonly ended: Promise<void>;
  running: boolean;
}

/** Runs the stages in this process, with the image work in children: no server of any kind, like Spark's `local[*]`. */
export function createLocalExecutor(options: LocalExecutorOptions): Executor {
  const submissions = new Map<string, Submission>();
  let closed = false;
  return {
    submit: async (run) => {
      const location = run.store.describe();
      if ((await readEpoch(run.store, run.epoch)) === undefined) {
        throw new VergerError('E_INTERNAL', { location }, { detail: `Epoch ${run.epoch} was not opened.` });
      }
      if (closed) throw new VergerError('E_INTERRUPTED', { location });
      if (submissions.get(location)?.running === true) {
        throw new VergerError('E_INTERNAL', { location }, { detail: 'The run is under way here already.' });
      }
      submissions.set(location, start(options, run));
    },
    watch: (run) => {
      const location = run.store.describe();
      const submission = submissions.get(location);
      if (submission !== undefined) return submission.events.read();
      throw new VergerError('E_INTERNAL', { location }, { detail: 'The run was not submitted here.' });
    },
    cancel: async (run) => {
      await markCancelled(run.store, run.epoch, { by: options.worker, at: options.clock.now() });
      const submission = submissions.get(run.store.describe());
      submission?.abort.abort(new VergerError('E_RUN_CANCELLED', { location: run.store.describe() }));
      await submission?.ended;
    },
    close: async () => {
      closed = true;
      for (const { abort } of submissions.values()) abort.abort(new VergerError('E_INTERRUPTED'));
      await Promise.all([...submissions.values()].map(({ ended }) => ended));
    },
  };
}

function start(options: LocalExecutorOptions, run: Run): Submission {
  const events = new EventQueue<RunEvent>();
  const abort = new AbortController();
  setMaxListeners(0, abort.signal); // one listener for each image under way
  const emit = (event: RunEvent) => events.push(event);
  const context = stageContext({ pause, ...options }, { run, signal: abort.signal, emit });
  const unwatch = watchCancel(context, abort, options.cancelPollMs);
  const ended = advanceRun(context)
    .finally(unwatch)
    .then(
      ({ verdict }) => {
        submission.running = false;
        events.push({ type: 'run:done', verdict });
        events.end();
      },
      (error) => {
        submission.running = false;
        events.fail(error);
      },
    );
  const submission: Submission = { events, abort, ended, running: true };
  return submission;
}
