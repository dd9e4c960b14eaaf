import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { MetricSources, QueueFigures, RunFigures } from './figures.ts';
import { createDashboardMetrics } from './metrics.ts';

const NOW = '2026-01-01T00:10:00.000Z';
const NOW_MS = Date.parse(NOW);

const IDLE = { waiting: 0, active: 0, delayed: 0, failed: 0 };

const QUEUE: QueueFigures = {
  counts: { extract: { waiting: 7, active: 2, delayed: 1, failed: 0 }, project: IDLE, reduce: IDLE },
  oldestMs: { extract: NOW_MS - 90_000, project: null, reduce: NOW_MS + 5_000 },
  processes: { worker: { alive: 3, troubled: 1 }, reducer: { alive: 0, troubled: 0 } },
  usedBytes: 1_000,
  maxBytes: 4_000,
};

function run(runId: string, more: Partial<RunFigures> = {}): RunFigures {
  return {
    ...{ runId, state: 'running', images: 100, extracted: 57, quarantined: 3, movedMs: NOW_MS - 30_000 },
    backlog: { extract: { images: 40, partitions: 4 }, project: { images: 100, partitions: 10 } },
    ...more,
  };
}

function scraped(t: TestContext, sources: Partial<MetricSources> & Pick<MetricSources, 'runs'>) {
  const clock = { nowMs: 0, monotonicMs: () => clock.nowMs, now: () => NOW };
  const lines: object[] = [];
  const keep = (fields: object) => void lines.push(fields);
  const logger = { debug: keep, info: keep, warn: keep, error: keep };
  const metrics = createDashboardMetrics({ places: ['/out'], ...sources }, { clock, logger });
  t.after(() => metrics.close());
  const scrape = async () => {
    const text = await metrics.registry.metrics();
    const series = text.split('\n').filter((line) => /^verger_(?!resident|event_loop)/.test(line));
    return new Map(series.map((line) => [line.replace(/ \S+$/, ''), Number(/\S+$/.exec(line)?.[0])]));
  };
  return { clock, lines, scrape };
}

test('a run under way has its backlog, its quarantine share and the age of its last commit', async (t) => {
  const { scrape } = scraped(t, { runs: async () => [run('r1'), run('r2', { state: 'done' })] });
  const series = await scrape();
  const of = (name: string, more = '') => series.get(`${name}{place="/out",run="r1"${more}}`);
  assert.equal(of('verger_run_images'), 100);
  assert.equal(of('verger_backlog_images', ',stage="extract"'), 40);
  assert.equal(of('verger_backlog_partitions', ',stage="extract"'), 4);
  assert.equal(of('verger_backlog_images', ',stage="project"'), 100);
  assert.equal(of('verger_backlog_partitions', ',stage="project"'), 10);
  assert.equal(of('verger_run_quarantined_ratio'), 0.05);
  assert.equal(of('verger_run_last_commit_age_seconds'), 30);
  assert.ok(![...series.keys()].some((name) => name.includes('r2')));
  assert.equal(series.get('verger_runs{place="/out",state="running"}'), 1);
  assert.equal(series.get('verger_runs{place="/out",state="done"}'), 1);
  assert.equal(series.get('verger_runs{place="/out",state="failed"}'), 0);
});

test('a run whose commits are not known has no age of its last one', async (t) => {
  const { scrape } = scraped(t, { runs: async () => [run('r1', { movedMs: null })] });
  const series = await scrape();
  assert.ok(!series.has('verger_run_last_commit_age_seconds{place="/out",run="r1"}'));
  assert.ok(series.has('verger_run_images{place="/out",run="r1"}'));
});

test('at most 100 runs have series of their own: those that moved last', async (t) => {
  const many = Array.from({ length: 250 }, (_, index) => run(`r${index}`, { movedMs: index }));
  const { scrape } = scraped(t, { runs: async () => many });
  const series = await scrape();
  const shown = [...series.keys()].filter((name) => name.startsWith('verger_run_images'));
  assert.equal(shown.length, 100);
  assert.ok(shown.includes('verger_run_images{place="/out",run="r249"}'));
  assert.equal(series.get('verger_runs{place="/out",state="running"}'), 250);
});

test('a run that has ended leaves no series behind', async (t) => {
  let state: RunFigures['state'] = 'running';
  const { clock, scrape } = scraped(t, { runs: async () => [run('r1', { state })] });
  assert.ok((await scrape()).has('verger_run_images{place="/out",run="r1"}'));
  state = 'cancelled';
  clock.nowMs = 5_000;
  const series = await scrape();
  assert.ok(!series.has('verger_run_images{place="/out",run="r1"}'));
  assert.equal(series.get('verger_runs{place="/out",state="cancelled"}'), 1);
});

test('jobs, processes and memory are those that Redis says', async (t) => {
  const { scrape } = scraped(t, { runs: async () => [], queue: async () => QUEUE });
  const series = await scrape();
  assert.equal(series.get('verger_redis_up'), 1);
  assert.equal(series.get('verger_redis_used_memory_bytes'), 1_000);
  assert.equal(series.get('verger_redis_max_memory_bytes'), 4_000);
  assert.equal(series.get('verger_processes_alive{role="worker"}'), 3);
  assert.equal(series.get('verger_processes_troubled{role="worker"}'), 1);
  assert.equal(series.get('verger_processes_alive{role="reducer"}'), 0);
  assert.equal(series.get('verger_queue_jobs{queue="extract",state="waiting"}'), 7);
  assert.equal(series.get('verger_queue_jobs{queue="reduce",state="failed"}'), 0);
  assert.equal(series.get('verger_queue_oldest_waiting_seconds{queue="extract"}'), 90);
  assert.equal(series.get('verger_queue_oldest_waiting_seconds{queue="project"}'), 0);
  // The clock of who added it goes before ours.
  assert.equal(series.get('verger_queue_oldest_waiting_seconds{queue="reduce"}'), 0);
});

test('with Redis gone there are no numbers of it, not even 0, and runs are shown', async (t) => {
  let up = true;
  const queue = async () => {
    if (!up) throw new Error('gone');
    return QUEUE;
  };
  const { clock, lines, scrape } = scraped(t, { runs: async () => [run('r1')], queue });
  await scrape();
  up = false;
  clock.nowMs = 5_000;
  const series = await scrape();
  assert.equal(series.get('verger_redis_up'), 0);
  const others = [...series.keys()].filter((name) => /^verger_(queue|processes|redis_(used|max))/.test(name));
  assert.deepEqual(others, []);
  assert.ok(series.has('verger_run_images{place="/out",run="r1"}'));
  assert.equal(lines.length, 1);
});

test('a dashboard without Redis does not say that Redis is down', async (t) => {
  const { scrape } = scraped(t, { runs: async () => [] });
  assert.ok(!(await scrape()).has('verger_redis_up'));
});

test('a place that cannot be read is down, others are shown', async (t) => {
  const runs = async (place: string) => {
    if (place === '/gone') throw new Error('gone');
    return [run('r1')];
  };
  const { scrape } = scraped(t, { places: ['/gone', '/out'], runs });
  const series = await scrape();
  assert.equal(series.get('verger_place_up{place="/gone"}'), 0);
  assert.equal(series.get('verger_place_up{place="/out"}'), 1);
  assert.ok(series.has('verger_run_images{place="/out",run="r1"}'));
  assert.ok(!series.has('verger_runs{place="/gone",state="running"}'));
});

test('scrapes within 5 s ask once', async (t) => {
  let asked = 0;
  const queue = async () => {
    asked += 1;
    return QUEUE;
  };
  const { clock, scrape } = scraped(t, { runs: async () => [], queue });
  await Promise.all([scrape(), scrape()]);
  clock.nowMs = 4_999;
  await scrape();
  assert.equal(asked, 1);
  clock.nowMs = 5_000;
  await scrape();
  assert.equal(asked, 2);
});
