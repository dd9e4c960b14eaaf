/**
 * A whole cluster in this process, on a real Redis, with children that do the real work on a trivial
 * extractor.
 */
import { randomUUID } from 'node:crypto';
import { createClusterExecutor } from '@verger/cluster';
import { Budget, type Executor } from '@verger/core';
import { type Consumer, consume, type JobQueue, openQueue, type QueueOptions } from '@verger/queue';
import type { Children } from '@verger/stages';
import { openStorage } from '@verger/storage';
import type { JobServices } from '../../cluster/src/jobs/job-context.ts';
import { createOpenRuns, type OpenStorage } from '../../cluster/src/jobs/open-runs.ts';
import { advanceJob } from '../../cluster/src/reducer/advance-job.ts';
import { MachineFaults } from '../../cluster/src/service/machine-faults.ts';
import { handleWork } from '../../cluster/src/worker/handle-work.ts';
import type { ImagePools } from '../../cluster/src/worker/image-pools.ts';
import { admitOfClass } from '../../cluster/src/worker/strict.ts';
import { type FakeChildren, fakeChildren } from './fake-children.ts';
import { CLOCK, SILENT, WORKER } from './run-harness.ts';

/** Children, and what lets go what they hold back. */
export type OwnChildren = Children & Pick<FakeChildren, 'release'>;

export interface InProcessOptions {
  readonly url: string;
  /** Of the keys in Redis; default: one of its own. */
  readonly prefix?: string;
  readonly roots?: readonly string[];
  /** Of reducers, when they are others. */
  readonly reducerRoots?: readonly string[];
  readonly children?: OwnChildren;
  /** Default 1. */
  readonly workers?: number;
  /** Default 1. */
  readonly reducers?: number;
  readonly open?: OpenStorage;
  /** Of worker 0, 1, …: default 'fake'. */
  readonly classes?: readonly string[];
}

export interface InProcessCluster {
  readonly executor: Executor;
  readonly queue: JobQueue;
  readonly children: OwnChildren;
  readonly consumers: readonly Consumer[];
  readonly where: QueueOptions;
  close(): Promise<void>;
}

/** Pools whose children are always there. */
export function fakePools(children: Children, numericClass = 'fake'): ImagePools {
  return {
    use: async (_, body) => await body({ children, numericClass, discard: () => {} }),
    loads: 0,
    close: async () => {},
  };
}

export async function startInProcess(options: InProcessOptions): Promise<InProcessCluster> {
  const {
    url,
    roots = [],
    reducerRoots = roots,
    children = fakeChildren(),
    workers = 1,
    reducers = 1,
    open = (location, how) => openStorage(location, undefined, how),
  } = options;
  const where: QueueOptions = {
    url,
    prefix: options.prefix ?? `t-${randomUUID()}`,
    logger: SILENT,
    name: 'test',
    role: 'coordinator',
  };
  const queue = await openQueue(where);
  const services = (): JobServices => ({
    ...{ worker: WORKER, clock: CLOCK, logger: SILENT },
    ...{ imageBytes: new Budget(2 ** 28), turn: new Budget(1), emit: () => {} },
  });
  const alive = { host: 'here', pid: process.pid, cpu: 'test' };
  const consumers: Consumer[] = [];
  const runs = createOpenRuns(open, { roots, images: true });
  const leadRuns = createOpenRuns(open, { roots: reducerRoots, images: false });
  const pools = fakePools(children);
  // Rests are the consumers' business: here nobody waits.
  const ownFaults = (count: number) =>
    new MachineFaults({
      ...{ clock: CLOCK, logger: SILENT, rest: () => {}, giveUp: () => {} },
      others: async () => count > 1,
    });
  for (let index = 0; index < workers; index += 1) {
    const own = { ...services(), worker: { ...WORKER, name: `worker-${index}` } };
    const faults = ownFaults(workers);
    const admit = admitOfClass(own, faults);
    const ownPools = fakePools(children, options.classes?.[index]);
    const handle = handleWork({ ...own, runs, pools: ownPools, own: faults, admit });
    const concurrency = { extract: 2, project: 2 };
    consumers.push(
      await consume(
        { ...where, name: `worker-${index}`, role: 'worker' },
        { kinds: 'work', concurrency, handle, alive },
      ),
    );
  }
  for (let index = 0; index < reducers; index += 1) {
    const handle = advanceJob({
      ...{ ...services(), runs: leadRuns, pools, queue, roots: reducerRoots, own: ownFaults(reducers) },
    });
    consumers.push(
      await consume(
        { ...where, name: `reducer-${index}`, role: 'reducer' },
        { kinds: 'reduce', concurrency: { reduce: 1 }, handle, alive },
      ),
    );
  }
  const executor = createClusterExecutor({
    ...{
      queue,
      priority: 'normal',
      worker: WORKER,
      clock: CLOCK,
      logger: SILENT,
      pollMs: 25,
      queuePollMs: 50,
    },
  });
  return {
    ...{ executor, queue, children, consumers, where },
    close: async () => {
      await executor.close();
      children.release();
      await Promise.all(consumers.map((consumer) => consumer.drain(2000)));
      runs.close();
      leadRuns.close();
      await queue.close();
    },
  };
}
