/** Real scrapes of a worker, a reducer and a dashboard, while one run is done and another is under way. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDashboardMetrics } from '@verger/dashboard';
import { startMetricsSite } from '@verger/testkit/metrics-site';
import { until } from '@verger/testkit/queue-harness';
import { startRedis } from '@verger/testkit/redis-server';
import { CLOCK, createTestRun, goodImages, SILENT } from '@verger/testkit/run-harness';
import { mergeScrapes, parseScrape, type Scrape } from './promql.ts';

/** What the three processes said. */
export interface Scraped {
  readonly texts: Readonly<Record<'worker' | 'reducer' | 'dashboard', string>>;
  /** All of it, with the labels that Prometheus adds. */
  readonly all: Scrape;
}

const DONE = { ...goodImages(8), 'b/99.jpg': 'BAD:E_IMG_DECODE' };
const HELD = { 'a/0.jpg': 'HOLD 0', 'a/1.jpg': 'HOLD 1', 'a/2.jpg': 'HOLD 2', 'a/3.jpg': 'HOLD 3' };

/** Starts all of it, scrapes, and ends all of it. About 2 s. */
export async function scrapeAll(): Promise<Scraped> {
  const folder = await mkdtemp(join(tmpdir(), 'verger-scrape-'));
  const redis = await startRedis();
  const site = await startMetricsSite(redis.url);
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
    const texts = {
      worker: await ask(site.worker.healthUrl),
      reducer: await ask(site.reducer.healthUrl),
      dashboard: await scrapeDashboard(),
    };
    const parsed = Object.entries(texts).map(([name, text]) =>
      parseScrape(`${text}\nup 1`, { job: `verger-${name}`, instance: `${name}:9464` }),
    );
    return { texts, all: mergeScrapes(parsed) };
  } finally {
    await site.close();
    await redis.close();
    await rm(folder, { recursive: true });
  }
}

async function scrapeDashboard(): Promise<string> {
  const counts = { waiting: 1, active: 1, delayed: 0, failed: 0 };
  const left = { images: 1, partitions: 1 };
  const sources = {
    places: ['/out'],
    runs: async () => [
      {
        ...{ runId: 'held', state: 'running' as const, images: 4, extracted: 0, quarantined: 0, movedMs: 0 },
        backlog: { extract: left, project: left },
      },
    ],
    queue: async () => ({
      ...{ counts: { extract: counts, project: counts, reduce: counts } },
      ...{ oldestMs: { extract: 1, project: null, reduce: null }, usedBytes: 1, maxBytes: 0 },
      processes: { worker: { alive: 1, troubled: 0 }, reducer: { alive: 1, troubled: 0 } },
    }),
  };
  const metrics = createDashboardMetrics(sources, { clock: CLOCK, logger: SILENT });
  try {
    return await metrics.registry.metrics();
  } finally {
    metrics.close();
  }
}
