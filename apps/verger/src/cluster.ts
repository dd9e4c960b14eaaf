import { hostname } from 'node:os';
import {
  type Executor,
  type Logger,
  type OperationalOptions,
  type Storage,
  VergerError,
  type WorkerRef,
} from '@verger/core';
import type { Network } from './find-weights.ts';
import type { Site } from './site.ts';
import { thisWorker } from './this-worker.ts';

/** A coordinator's side of a cluster: its executor, and where its jobs are. */
export interface ClusterSite extends Site {
  /** Of the epochs that it opens. */
  readonly queue: string;
}

export interface ClusterSiteOptions {
  readonly operational: OperationalOptions;
  /** Rooted at the output folder: where workers fetch the weights. */
  readonly output: Storage;
  /** Null: the workers need no weights that are not there already. */
  readonly network: Pick<Network, 'origin' | 'fingerprint'> | null;
  readonly logger: Logger;
}

/** Connects to the queue, so that a wrong URL is told before anything is listed. Errors: E_REDIS_…. */
export async function openCluster(options: ClusterSiteOptions & { redis: string }): Promise<ClusterSite> {
  const { operational, redis: url, output, network, logger } = options;
  const { createClusterExecutor, isUnderWay, publishWeights } = await import('@verger/cluster');
  const { openQueue } = await import('@verger/queue');
  const { systemClock } = await import('@verger/runtime');
  const { queuePrefix: prefix, priority } = operational;
  const queue = await openQueue({ url, prefix, logger, name: workerName(operational), role: 'coordinator' });
  const executor = createClusterExecutor({
    ...{ queue, priority, logger },
    worker: thisWorker,
    clock: systemClock,
  });
  return {
    queue: `${queue.describe()} ${prefix}`,
    ready: async (): Promise<Executor> => {
      if (network !== null) await publishWeights(output, network.origin, network.fingerprint);
      return executor;
    },
    hasUnderWay: async ({ manifest, store, epoch }) =>
      await isUnderWay(queue, { location: store.describe(), runId: manifest.runId, epoch, priority }),
    close: async () => {
      await executor.close();
      await queue.close();
    },
  };
}

/** The name of this process in queue and records. */
export function workerName({ workerName: given }: Pick<OperationalOptions, 'workerName'>): string {
  return given ?? `${hostname().replace(/[^A-Za-z0-9._-]/g, '-')}-${process.pid}`;
}

/** This process in the records of a run. */
export function workerRef(operational: OperationalOptions, cpu: string): WorkerRef {
  return { host: hostname(), pid: process.pid, name: workerName(operational), cpu };
}

/** Errors: E_USAGE when no Redis was named. */
export function requireRedis({ redis }: OperationalOptions): string {
  if (redis !== null) return redis;
  const detail = 'A Redis server must be named: --redis or VERGER_REDIS_URL.';
  throw new VergerError('E_USAGE', { option: '--redis' }, { detail });
}
