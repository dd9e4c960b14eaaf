import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe } from 'node:test';
import { startInProcess } from '@verger/testkit/cluster-in-process';
import { type RedisServer, redisMissing, startRedis } from '@verger/testkit/redis-server';
import { openTestEpoch, runIn } from '@verger/testkit/run-harness';
import { executorContract } from '../../../../test/contract/executor.ts';

describe('the cluster executor on a real Redis', { skip: redisMissing }, () => {
  let redis: RedisServer;
  before(async () => {
    redis = await startRedis();
  });
  after(() => redis?.close());

  executorContract('the cluster executor', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'verger-cluster-'));
    const cluster = await startInProcess({ url: redis.url });
    let runs = 0;
    return {
      executor: cluster.executor,
      openRun: async (files, partitions) => {
        runs += 1;
        const run = await runIn(join(folder, String(runs)), files, { extraction: { partitions } });
        return { ...run, epoch: await openTestEpoch(run.store) };
      },
      openNextEpoch: async (run) => ({ ...run, epoch: await openTestEpoch(run.store, { cause: 'resume' }) }),
      release: () => cluster.children.release(),
      dispose: async () => {
        await cluster.close();
        await rm(folder, { recursive: true, force: true });
      },
    };
  });
});
