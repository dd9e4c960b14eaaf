/** A worker and a reducer with their health servers in this process, on a real Redis and fake children. */
import { randomUUID } from 'node:crypto';
import { createClusterExecutor, type Service, type ServiceOptions } from '@verger/cluster';
import type { Executor, Run } from '@verger/core';
import { openQueue } from '@verger/queue';
import { openStorage } from '@verger/storage';
import { createOpenRuns } from '../../cluster/src/jobs/open-runs.ts';
import { advanceJob } from '../../cluster/src/reducer/advance-job.ts';
import { type ServiceKind, startService } from '../../cluster/src/service/service.ts';
import { handleWork } from '../../cluster/src/worker/handle-work.ts';
import { admitOfClass } from '../../cluster/src/worker/strict.ts';
import { fakePools, type OwnChildren } from './cluster-in-process.ts';
import { fakeChildren } from './fake-children.ts';
import { CLOCK, openTestEpoch, SILENT, WORKER } from './run-harness.ts';

/** What is watched, and runs on it. */
export interface MetricsSite {
  readonly prefix: string;
  readonly worker: Service;
  readonly reducer: Service;
  readonly executor: Executor;
  /** Opens an epoch of the run and submits it. */
  submit(own: Pick<Run, 'manifest' | 'store' | 'images'>): Promise<Run>;
  close(): Promise<void>;
}

/** Starts both on the Redis at that URL. */
export async function startMetricsSite(url: string): Promise<MetricsSite> {
  const prefix = `t-${randomUUID()}`;
  const children = fakeChildren();
  const queue = await openQueue({ url, prefix, logger: SILENT, name: 'test', role: 'coordinator' });
  const [worker, reducer] = await Promise.all([
    startService(optionsOf('worker', { url, prefix }), workerKind(children)),
    startService(optionsOf('reducer', { url, prefix }), reducerKind(children)),
  ]);
  const executor = createClusterExecutor({
    ...{ queue, priority: 'normal', worker: WORKER, clock: CLOCK, logger: SILENT },
    ...{ pollMs: 25, queuePollMs: 50 },
  });
  return {
    ...{ prefix, worker, reducer, executor },
    submit: async ({ manifest, store, images }) => {
      const run: Run = { manifest, store, images, epoch: await openTestEpoch(store) };
      await executor.submit(run);
      return run;
    },
    close: async () => {
      await executor.close();
      children.release();
      await Promise.all([worker.close(2_000), reducer.close(2_000)]);
      await queue.close();
    },
  };
}

function optionsOf(name: string, { url, prefix }: { url: string; prefix: string }): ServiceOptions {
  return {
    ...{ redisUrl: url, prefix, worker: { ...WORKER, name }, clock: CLOCK, logger: SILENT, allowRoots: [] },
    ...{ health: { host: '127.0.0.1', port: 0 }, openStorage: open, watchdogMs: 300_000 },
    ...{ processes: 1, childMemoryBytes: 2 ** 28, imageCpuSeconds: 60, cacheDir: '/nowhere' },
  };
}

const open: ServiceOptions['openStorage'] = (location, how) => openStorage(location, undefined, how);

function workerKind(children: OwnChildren): ServiceKind {
  const runs = createOpenRuns(open, { roots: [], images: true });
  const pools = fakePools(children);
  return {
    role: 'worker',
    taking: { kinds: 'work', concurrency: { extract: 2, project: 1 } },
    handle: (services, _queue, own) =>
      handleWork({ ...services, ...{ runs, pools, own }, admit: admitOfClass(services, own) }),
    loads: () => 1,
    close: async () => runs.close(),
  };
}

function reducerKind(children: OwnChildren): ServiceKind {
  const runs = createOpenRuns(open, { roots: [], images: false });
  const pools = fakePools(children);
  return {
    role: 'reducer',
    taking: { kinds: 'reduce', concurrency: { reduce: 1 } },
    handle: (services, queue, own) => advanceJob({ ...services, ...{ runs, pools, queue, own, roots: [] } }),
    loads: () => 0,
    close: async () => runs.close(),
  };
}
