import { type Executor, type OperationalOptions, type Run, VergerError } from '@verger/core';
import { cpuLimit, systemClock } from '@verger/runtime';
import {
  type ChildInit,
  createChildren,
  createImagePool,
  createLocalExecutor,
  type ImagePoolOptions,
  pause,
  type StageServices,
} from '@verger/stages';
import { askQueue, type QueueState } from './ask-queue.ts';
import type { Driver } from './driver.ts';
import { thisWorker, workerName } from './worker-names.ts';

/** Where a run is done: the children of this process, or a cluster. */
export interface OpenExecutor {
  /** The queue that its epochs name; undefined where this process does the work. */
  readonly queue?: string | undefined;
  /**
   * Resolves once a run can be taken. Errors: what a child's init throws (E_WEIGHTS_PROBE, …); what
   * publishing the weights throws.
   */
  ready(): Promise<Executor>;
  /** True when workers still have that epoch of the run. Errors: E_REDIS_…. */
  hasUnderWay?(run: Pick<Run, 'manifest' | 'store' | 'epoch'>): Promise<boolean>;
  /** What the queue says of itself. Never throws for what its server answers. */
  queueState?(): Promise<QueueState>;
  /** Ends executor, children and connections, also children that still start. */
  close(): Promise<void>;
}

/** Children of this process and an executor on them. */
export interface LocalExecutor extends OpenExecutor {
  /** For work of this process on the same children; only once they are ready. */
  readonly services: StageServices;
  /** The children load another network, and `ready` waits for that. Only while they do nothing. */
  renew(init: ChildInit): void;
}

/** What children load, and where the weights came from: workers are given that file. */
type ExecutorInit = ChildInit & { readonly origin?: string };

/** What the children of a command may use. */
export type ChildOptions = Omit<ImagePoolOptions, 'init' | 'logger'>;

/**
 * The cluster that `redis` names, else this machine's children, which begin to start. Connects first, so that
 * a wrong URL is told before anything is listed. Errors: E_REDIS_….
 */
export async function openExecutor(
  driver: Driver,
  operational: OperationalOptions,
  init: ExecutorInit | Promise<ExecutorInit>,
): Promise<OpenExecutor> {
  // Thrown where it is awaited, unless something else ends the command before.
  if (init instanceof Promise) init.catch(() => {});
  const { redis } = operational;
  if (redis === null) return startChildren(driver, operational, init);
  return await openCluster(driver, { ...operational, redis }, init);
}

/**
 * Begins to start children, so that they load while something else is done. Where `init` is still being made,
 * one core is left to that, and `ready` waits for one of them; else for all.
 */
export function startChildren(
  { logger }: Pick<Driver, 'logger'>,
  options: ChildOptions,
  init: ImagePoolOptions['init'],
): LocalExecutor {
  const pool = createImagePool({ ...options, init, loadAhead: cpuLimit() - 1, logger });
  const children = createChildren(pool, options.processes);
  const services = { children, worker: thisWorker, clock: systemClock, logger, pause };
  const executor = createLocalExecutor(services);
  const { engine, tfjsNode } = options;
  let ready = pool.start(init instanceof Promise ? 'one' : 'all');
  ready.catch(() => {}); // thrown where it is awaited, in ready
  return {
    services,
    renew: ({ network, fingerprint }) => {
      ready = pool.renew({ network, fingerprint, engine, tfjsNode });
      ready.catch(() => {});
    },
    ready: async () => {
      await ready;
      return executor;
    },
    close: async () => {
      await executor.close();
      await pool.close();
    },
  };
}

async function openCluster(
  { storages, logger, emit }: Driver,
  operational: OperationalOptions & { readonly redis: string },
  init: ExecutorInit | Promise<ExecutorInit>,
): Promise<OpenExecutor> {
  const { createClusterExecutor, isUnderWay, publishWeights } = await import('@verger/cluster');
  const { openQueue } = await import('@verger/queue');
  const { redis: url, queuePrefix: prefix, priority, output } = operational;
  const queue = await openQueue({ url, prefix, logger, name: workerName(operational), role: 'coordinator' });
  const executor = createClusterExecutor({
    ...{ queue, priority, logger },
    worker: thisWorker,
    clock: systemClock,
  });
  const name = `${queue.describe()} ${prefix}`;
  // A variable may have said it, and whoever gives the command not know.
  emit({ type: 'executor:cluster', queue: name });
  return {
    queue: name,
    ready: async () => {
      const { origin, fingerprint } = await init;
      if (origin !== undefined) await publishWeights(storages.open(output), origin, fingerprint);
      return executor;
    },
    hasUnderWay: async ({ manifest, store, epoch }) =>
      await isUnderWay(queue, { location: store.describe(), runId: manifest.runId, epoch, priority }),
    queueState: async () => await askQueue(name, queue),
    close: async () => {
      await executor.close();
      await queue.close();
    },
  };
}

/** Errors: E_USAGE for what only workers can do. */
export function refuseWithoutQueue({ detach, strict, deadline }: OperationalOptions): void {
  for (const [option, asked] of [
    ['--detach', detach],
    ['--strict', strict],
    ['--deadline', deadline !== null],
  ] as const) {
    if (!asked) continue;
    const detail = 'A refit is done by this process, never by workers.';
    throw new VergerError('E_USAGE', { option }, { detail });
  }
}
