/** Real scrapes of a worker, a reducer, a dashboard and an autoscaler, while one run is done and another is under way. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Autoscaler, DEFAULT_POLICY, startAutoscaler } from '@verger/autoscaler';
import { type Dashboard, startDashboard } from '@verger/dashboard';
import { createStorages } from '@verger/storage';
import { startMetricsSite } from '@verger/testkit/metrics-site';
import { until } from '@verger/testkit/queue-harness';
import { startRedis } from '@verger/testkit/redis-server';
import { CLOCK, createTestRun, goodImages, SILENT } from '@verger/testkit/run-harness';
import { mergeScrapes, parseScrape, type Scrape } from './promql.ts';

/** What the four processes said. */
export interface Scraped {
  readonly texts: Readonly<Record<'worker' | 'reducer' | 'dashboard' | 'autoscaler', string>>;
  /** All of it, with the labels that Prometheus adds. */
  readonly all: Scrape;
}

const DONE = { ...goodImages(8), 'b/99.jpg': 'BAD:E_IMG_DECODE' };
const HELD = { 'a/0.jpg': 'HOLD 0', 'a/1.jpg': 'HOLD 1', 'a/2.jpg': 'HOLD 2', 'a/3.jpg': 'HOLD 3' };

const SETUP = {
  ...{ listen: '127.0.0.1:0', health: { host: '127.0.0.1', port: 0 }, basePath: '', password: null },
  ...{ name: 'test', clock: CLOCK, logger: SILENT, storageFlags: [], program: 'verger', actions: undefined },
  storages: createStorages(async () => assert.fail('no S3 here')),
};

/** Starts all of it, scrapes, and ends all of it. About 2 s. */
export async function scrapeAll(): Promise<Scraped> {
  const folder = await mkdtemp(join(tmpdir(), 'verger-scrape-'));
  const redis = await startRedis();
  const site = await startMetricsSite(redis.url);
  let dashboard: Dashboard | undefined;
  let autoscaler: Autoscaler | undefined;
  try {
    const plan = (name: string, partitions: number) => ({
      ...{ name, imagesFolder: join(folder, `images-${name}`), extraction: { partitions } },
    });
    const done = await site.submit(await createTestRun(folder, DONE, plan('done', 2)));
    for await (const event of site.executor.watch(done)) if (event.type === 'run:done') break;
    await site.submit(await createTestRun(folder, HELD, plan('held', 4)));
    const ask = async (url: string | undefined) => await (await fetch(`${url}/metrics`)).text();
    await until('two jobs are under way', async () =>
      (await ask(site.worker.healthUrl)).includes('\nverger_jobs_active 2\n'),
    );
    dashboard = await startDashboard({
      ...SETUP,
      places: [join(folder, 'runs')],
      redisUrl: redis.url,
      prefix: site.prefix,
    });
    await until('the dashboard has asked Redis', async () =>
      (await ask(dashboard?.healthUrl)).includes('\nverger_redis_up 1\n'),
    );
    autoscaler = await startAutoscaler({
      ...{ redisUrl: redis.url, prefix: site.prefix, places: [join(folder, 'runs')], fleet: undefined },
      ...{ name: 'test', clock: CLOCK, logger: SILENT, storages: SETUP.storages, health: SETUP.health },
      ...{ policy: { ...DEFAULT_POLICY, vcpuStep: 1 }, intervalMs: 100 },
    });
    await until('the autoscaler has decided', async () =>
      (await ask(autoscaler?.healthUrl)).includes('\nverger_desired_vcpus 1\n'),
    );
    const texts = {
      worker: await ask(site.worker.healthUrl),
      reducer: await ask(site.reducer.healthUrl),
      dashboard: await ask(dashboard.healthUrl),
      autoscaler: await ask(autoscaler.healthUrl),
    };
    const parsed = Object.entries(texts).map(([name, text]) =>
      parseScrape(`${text}\nup 1`, { job: `verger-${name}`, instance: `${name}:9464` }),
    );
    return { texts, all: mergeScrapes(parsed) };
  } finally {
    await autoscaler?.close();
    await dashboard?.close();
    await site.close();
    await redis.close();
    await rm(folder, { recursive: true });
  }
}
