import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { hostname } from 'node:os';
import { test } from 'node:test';
import type { QueueState } from '@verger/driver/runs';
import { writeRun } from '@verger/testkit/written-run';
import { NOW_MS, runSite, textOf } from '../testing/run-site.ts';

const QUEUE = 'redis://verger-dashboard@queue:6379 verger';
/** As its coordinator names it, which is another user of the same server. */
const QUEUE_OF_RUN = 'redis://verger-coordinator@queue:6379 verger';
const RUN = {
  id: 'r',
  partitions: [10, 10, 10],
  committed: [0, 1],
  queue: QUEUE_OF_RUN,
  commitEveryMs: 1000,
};
const LATE = { ...RUN, submittedMs: NOW_MS - 5_000 };

const seen = (facts: Partial<NonNullable<QueueState['seen']>>): QueueState => ({
  queue: QUEUE,
  seen: { workers: 2, reducers: 1, waiting: 1, active: 1, delayed: 0, idle: [], troubles: [], ...facts },
});
const away: QueueState = {
  queue: QUEUE,
  error: { code: 'E_REDIS_UNREACHABLE', message: 'Redis is silent.' },
};

/** The text of a run's page, with a queue that says so. */
async function pageText(
  t: Parameters<typeof runSite>[0],
  states: QueueState[],
  run: Parameters<typeof writeRun>[1],
) {
  const queue = { ask: async () => (states.length > 1 ? states.shift() : states[0]) as QueueState };
  const site = await runSite(t, { queue: states.length === 0 ? undefined : queue });
  await writeRun(site.output, run);
  return { site, text: textOf(await site.get('/runs/r')) };
}

test('nobody who works, nobody who reduces, and a process in trouble are said in words', async (t) => {
  const { text } = await pageText(t, [seen({ workers: 0 })], LATE);
  assert.match(text, /No worker is alive: start verger worker \./);
  assert.match(text, /Workers 0 alive/);
  const reducer = await pageText(
    t,
    [seen({ reducers: 0, troubles: ['worker w on h cannot work: E_X: no'] })],
    LATE,
  );
  assert.match(reducer.text, /The reducer is not running: start verger reducer \. The run will need one/);
  assert.match(reducer.text, /The worker w on h cannot work: E_X: no\./);
  const all = { ...LATE, committed: [0, 1, 2] };
  const reduce = await pageText(t, [seen({ reducers: 0, workers: 0 })], all);
  assert.match(reduce.text, /The reducer is not running: start verger reducer \./);
  assert.doesNotMatch(reduce.text, /No worker|will need one/);
});

test('the queue of a run is known under the Redis user of each role', async (t) => {
  const reader = { ...seen({ workers: 0 }), queue: 'redis://verger-dashboard@queue:6379 verger' };
  const run = { ...LATE, queue: 'redis://verger-coordinator@queue:6379 verger' };
  const { text } = await pageText(t, [reader], run);
  assert.match(text, /No worker is alive: start verger worker \./);
  assert.match(text, /Workers 0 alive/);
});

test('a run that moves, and one that has ended, have nothing to say', async (t) => {
  const { text } = await pageText(t, [seen({})], LATE);
  assert.doesNotMatch(text, /No worker|reducer is not|committed for|Waiting/);
  const done = await pageText(t, [seen({ workers: 0 })], { ...LATE, committed: [0, 1, 2], isDone: true });
  assert.doesNotMatch(done.text, /No worker/);
});

test('Redis that is away is said with since when, and pages work; it is back when it answers', async (t) => {
  const { site, text } = await pageText(t, [away, away, seen({})], LATE);
  assert.match(text, /Waiting for Redis since 2026-11-30 12:00 UTC: E_REDIS_UNREACHABLE: Redis is silent\./);
  assert.match(text, /20 of 30 images/);
  site.clock.passedMs += 60_000;
  const list = textOf(await site.get('/runs'));
  assert.match(list, /Redis has been away since 2026-11-30 12:00 UTC/);
  site.clock.passedMs += 6_000;
  assert.match(textOf(await site.get('/runs')), /2 workers and 1 reducer alive; 1 job waiting, 1 active/);
});

test('jobs that the queue has lost are missed, but not those of a run that has just been submitted', async (t) => {
  const empty = seen({ waiting: 0, active: 0 });
  const { text } = await pageText(t, [empty], { ...RUN, submittedMs: NOW_MS - 30_000 });
  assert.match(text, /The queue holds no job\. If that lasts, resume the run/);
  const fresh = await pageText(t, [empty], { ...LATE, committed: [] });
  assert.doesNotMatch(fresh.text, /The queue holds no job/);
});

test('without a queue, storage tells that nothing has been committed for long', async (t) => {
  const old = { ...RUN, submittedMs: NOW_MS - 10 * 60_000 };
  const { text } = await pageText(t, [], old);
  assert.match(text, /Nothing more has been committed for 9 min 58 s\./);
  const other = await pageText(t, [seen({ workers: 0 })], { ...old, queue: 'redis://elsewhere:6379 verger' });
  assert.doesNotMatch(other.text, /No worker/, 'the queue is not that of the run');
  const slow = await pageText(t, [], { ...old, submittedMs: NOW_MS - 9 * 60_000, commitEveryMs: 200_000 });
  assert.doesNotMatch(slow.text, /committed for/, 'partitions take that long');
});

test('a local run whose process has ended says so', async (t) => {
  const { pid } = spawnSync(process.execPath, ['-e', '0']);
  const { queue: _, ...local } = LATE;
  const { text } = await pageText(t, [], { ...local, by: { host: hostname(), pid, name: 'local' } });
  assert.match(text, /Run r interrupted/);
  assert.match(text, /The process that did this run \(\d+ on .+\) has ended\./);
});
