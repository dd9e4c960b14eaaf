import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type Alive, jobId, PROTOCOL } from '@verger/queue';
import { NO_WORKER, PARTITION_STATES } from '@verger/report';
import type { WrittenRun } from '@verger/testkit/written-run';
import type { QueueAnswer } from '../runs/queue-watch.ts';
import { KeptReader, liveSite } from '../testing/live-site.ts';
import { NOW_MS } from '../testing/run-site.ts';

const QUEUE = 'redis://queue:6379/0 verger';
const RUN: WrittenRun = {
  ...{ id: 'r', partitions: Array(12).fill(100), committed: [0, 1, 2, 3], queue: QUEUE },
  ...{ submittedMs: NOW_MS - 60_000, workers: ['a', 'b'] },
};
const HOSTILE = '<img src=x onerror=hit()>\u202e';

const beat = (name: string, more: Partial<Alive> = {}): Alive => ({
  ...{ name, host: `${name}.example`, pid: name === 'b' ? 101 : 100, role: 'worker', cpu: 'EPYC' },
  ...{ protocol: PROTOCOL, processes: 4, jobs: ['other'], perSecond: 50 },
  ...more,
});

function answer(alive: readonly Alive[], active: readonly string[] = []): QueueAnswer {
  const workers = alive.filter(({ role }) => role === 'worker').length;
  const seen = {
    workers,
    reducers: 1,
    waiting: 5,
    active: active.length,
    delayed: 0,
    idle: [],
    troubles: [],
  };
  return { queue: QUEUE, seen, alive, active: { extract: active, project: [] } };
}

/** What a page shows of a run. */
async function shown(t: TestContext, run: WrittenRun, queue?: (location: string) => QueueAnswer) {
  const at = { location: '' };
  const site = await liveSite(t, run, queue && (() => queue(at.location)));
  at.location = site.live.run.location;
  const reader = new KeptReader();
  await site.join(reader);
  const state = () => {
    const { state: now } = reader;
    assert.ok(now !== undefined);
    return now;
  };
  return { site, state };
}

const idOf = (location: string, partition: number) =>
  jobId({ location, runId: 'r', epoch: 1, kind: 'extract', partition });

test('the queue says which partitions run, and heartbeats who has them', async (t) => {
  const { state } = await shown(t, RUN, (location) => {
    const [one, other] = [idOf(location, 5), idOf(location, 6)];
    const foreign = idOf('/elsewhere/r', 7);
    return answer([beat('a', { jobs: [one] }), beat('b')], [one, other, foreign, 'nonsense']);
  });
  const { columns, facts } = state();
  const states = [...columns.state].map((at) => PARTITION_STATES[at]);
  assert.deepEqual(states.slice(3, 8), ['committed', 'waiting', 'running', 'running', 'waiting']);
  assert.equal(facts.workers[columns.worker[5] ?? NO_WORKER]?.name, 'a');
  assert.equal(columns.worker[6], NO_WORKER);
  assert.equal(facts.knowsRunning, true);
  assert.equal(facts.livePerSecond, 50, 'b works on another run');
  assert.deepEqual(
    facts.workers.map(({ name, alive, holds, images }) => [name, alive, holds, images]),
    [
      ['a', true, [5], 200],
      ['b', true, [], 200],
    ],
  );
});

test('a partition is committed as soon as its commit is there, though its extract job has yet to end', async (t) => {
  const { state } = await shown(t, RUN, (location) => {
    const project = jobId({ location, runId: 'r', epoch: 1, kind: 'project', partition: 2 });
    const all = answer([beat('a')], [idOf(location, 1), idOf(location, 5)]);
    return { ...all, active: { extract: all.active?.extract ?? [], project: [project] } };
  });
  const { columns, facts } = state();
  const states = [...columns.state].map((at) => PARTITION_STATES[at]);
  assert.deepEqual(states.slice(0, 6), [
    'committed',
    'committed',
    'running',
    'committed',
    'waiting',
    'running',
  ]);
  assert.equal(facts.stages[0]?.done, 4);
});

test('without a queue nobody is said to be alive, and what runs is not known', async (t) => {
  const { state } = await shown(t, RUN);
  const { facts } = state();
  assert.deepEqual([facts.knowsRunning, facts.livePerSecond, facts.jobs], [false, null, null]);
  assert.deepEqual([...new Set(facts.workers.map(({ alive }) => alive))], [null]);
  assert.deepEqual(facts.troubles, []);
});

test('a worker without memory, one that may not read, one that is silent, and one that is slow', async (t) => {
  const failure = { code: 'E_CHILD_DIED', reason: 'The process was ended by SIGKILL.' } as const;
  const run: WrittenRun = {
    ...{ ...RUN, workers: ['a', 'b', 'worker-1'], committed: [0, 1, 2, 3, 4, 5] },
    failures: [
      { ...failure, partition: 6 },
      { ...failure, partition: 7 },
    ],
  };
  const { site, state } = await shown(t, run, () =>
    answer([
      beat('a'),
      beat('c', { trouble: 'E_S3_FORBIDDEN: The store refuses s3://photos/pears/.', jobs: [] }),
    ]),
  );
  await site.passed(30_000);
  const { troubles, workers, failures } = state().facts;
  const said = troubles.map(({ what, next }) => `${what} → ${next}`).join('\n');
  assert.match(
    said,
    /Worker worker-1 on worker-1\.example ran out of memory 2 times.*→ Give the machine more memory/,
  );
  assert.match(said, /Worker c on c\.example cannot work: E_S3_FORBIDDEN.*→ Grant s3:ListBucket/);
  assert.match(said, /workers are silent: [^→]*\bb\b[^→]*→ .*start it again/);
  assert.doesNotMatch(said, /Worker a /);
  assert.equal(troubles[0]?.tone, 'bad');
  assert.doesNotMatch(said, /attempts failed with E_CHILD_DIED/, 'its worker says it already');
  assert.deepEqual(failures[0]?.partitions, [6, 7]);
  assert.equal(workers.find(({ name }) => name === 'c')?.trouble[0]?.short, 'cannot work: E_S3_FORBIDDEN');
});

test('a worker that holds no job though jobs wait is told of only when that lasts', async (t) => {
  const { site, state } = await shown(t, RUN, () => answer([beat('a', { jobs: [] }), beat('b')]));
  assert.deepEqual(state().facts.troubles, []);
  await site.passed(16_000);
  assert.match(
    state().facts.troubles[0]?.what ?? '',
    /^Worker a on a\.example holds no job, though 5 jobs wait/,
  );
});

test('images that may not be read are a trouble with its next step, once for all', async (t) => {
  const { state } = await shown(t, { ...RUN, quarantined: { 1: ['a', 'b'] } });
  assert.deepEqual(
    state().facts.quarantine.map(({ code, count }) => [code, count]),
    [['E_IMG_TRUNCATED', 2]],
  );
  assert.deepEqual(state().facts.troubles, [], 'what is in the bytes of an image is not its surroundings');
});

test('names and reasons go as they are: the page makes text of them', async (t) => {
  const run: WrittenRun = {
    ...{ ...RUN, workers: [HOSTILE] },
    failures: [
      { partition: 6, code: 'E_CHILD_DIED', reason: `${HOSTILE}${'x'.repeat(5_000)}`, path: HOSTILE },
    ],
  };
  const { facts } = (await shown(t, run)).state();
  assert.equal(facts.workers[0]?.name, HOSTILE);
  assert.ok((facts.attempts[0]?.reason.length ?? 0) < 1_010);
});

test('a worker whose heartbeat is late is silent since that heartbeat, and is no reason for a time left', async (t) => {
  const at = { ageMs: 0 };
  const { site, state } = await shown(t, { ...RUN, workers: ['a'] }, (location) => {
    const id = idOf(location, 5);
    const late = at.ageMs < 15_000 ? [beat('a', { jobs: [id], ageMs: at.ageMs })] : [];
    return answer(late, [id]);
  });
  assert.equal(state().facts.stalled, null);
  assert.ok((state().facts.etaMs ?? 0) > 0);
  for (const [passedMs, ageMs] of [
    [9_000, 9_000],
    [9_000, 18_000],
  ] as const) {
    at.ageMs = ageMs;
    await site.passed(passedMs);
    const { facts, columns } = state();
    const [worker] = facts.workers;
    assert.deepEqual([worker?.alive, worker?.lastMs], [false, NOW_MS], `after ${ageMs} ms`);
    assert.deepEqual([facts.stalled, facts.etaMs, facts.livePerSecond], ['nobody', null, null]);
    assert.equal(facts.workers[columns.worker[5] ?? NO_WORKER]?.name, 'a', 'it had that partition');
  }
  assert.match(
    state()
      .facts.troubles.map(({ what }) => what)
      .join(),
    /last sign of life was at 12:00:00 UTC/,
  );
});

test('Redis that is away is a trouble with its next step, and the badge and the time left say it', async (t) => {
  const { code, message } = { code: 'E_REDIS_UNREACHABLE', message: 'Redis is silent.' } as const;
  const { state } = await shown(t, RUN, () => ({ queue: QUEUE, error: { code, message } }));
  const { facts } = state();
  assert.deepEqual([facts.words, facts.tone], ['waiting for Redis', 'warn']);
  assert.deepEqual([facts.stalled, facts.etaMs], ['redis', null]);
  assert.match(facts.troubles[0]?.next ?? '', /^Start Redis again.*`verger resume RUN`/);
});

test('workers who can do nothing, and who have done no image lately, leave no time left', async (t) => {
  const trouble =
    'E_CHILD_START: It exceeded its memory limit (70 MiB after its start; the limit is 64 MiB).';
  const blocked = await shown(t, RUN, () => answer([beat('a', { trouble }), beat('b', { trouble })]));
  assert.deepEqual([blocked.state().facts.stalled, blocked.state().facts.etaMs], ['blocked', null]);
  assert.match(blocked.state().facts.troubles[0]?.next ?? '', /`--child-memory`: restart this worker/);
  const nothing = await shown(t, { ...RUN, submittedMs: NOW_MS - 5_000, committed: [] }, () =>
    answer([beat('a', { perSecond: 0 })]),
  );
  assert.equal(nothing.state().facts.stalled, null, 'it has just begun');
  await nothing.site.passed(30_000);
  assert.deepEqual([nothing.state().facts.stalled, nothing.state().facts.etaMs], ['no image', null]);
});

test('an image that may not be read is named, with what helps while its partition is tried', async (t) => {
  const reason = 'Reading the image was not permitted.';
  const failures = [{ partition: 6, code: 'E_IMG_FORBIDDEN', reason, path: 'pears/`7`.jpg' }] as const;
  const { facts } = (await shown(t, { ...RUN, failures })).state();
  const [trouble] = facts.troubles;
  assert.match(trouble?.what ?? '', /not permitted\. The last at `pears\/'7'\.jpg`\.$/);
  assert.match(trouble?.next ?? '', /^Grant read permission on it now: the next attempt reads it\./);
  assert.doesNotMatch(facts.attempts[0]?.next ?? '', /--name/);
});

test('a child beyond its own limit: the limit is named, and who restarts with which flag', async (t) => {
  const reason = 'It exceeded its memory limit (70 MiB; the limit is 64 MiB).';
  const failures = [{ partition: 6, code: 'E_CHILD_DIED', reason }] as const;
  const { facts } = (await shown(t, { ...RUN, failures })).state();
  assert.match(facts.troubles[0]?.next ?? '', /`--child-memory`: restart this worker with a larger one/);
});
