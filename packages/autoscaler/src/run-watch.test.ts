import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { cancelFile, VergerError } from '@verger/core';
import { WORKER } from '@verger/testkit/run-harness';
import { type WrittenRun, writeRun } from '@verger/testkit/written-run';
import type { Seen } from './run-watch.ts';
import { addEpoch, NOW_MS, QUEUE, watchSite, writeRecord } from './testing/watch-site.ts';

const MINUTE = 60_000;
/** Four partitions of 100 images, two of them committed, 7 ms of children per image. */
const RUN: WrittenRun = {
  ...{ id: 'r', partitions: [100, 100, 100, 100], committed: [0, 1], queue: QUEUE },
  ...{ submittedMs: NOW_MS - 10 * MINUTE, deadlineMs: NOW_MS + 20 * MINUTE },
};

test('a run that the queue names asks for what it has left, at the rate that its commits show', async (t) => {
  const { output, watch, queued, queue } = await watchSite(t);
  await writeRun(output, RUN);
  queued('r');
  queue.workers = [4, 2];
  const { runs, aliveVcpus } = await watch.look();
  const [{ demand, location } = assert.fail()] = runs;
  const { imagesPerVcpuSecond, ...rest } = demand;
  assert.deepEqual(rest, {
    ...{ runId: 'r', submittedMs: NOW_MS - 10 * MINUTE, deadlineMs: NOW_MS + 20 * MINUTE, partitions: 4 },
    ...{ extract: { images: 200, partitions: 2 }, project: { images: 400, partitions: 4 } },
    ...{ reducing: false, priority: 0 },
  });
  assert.equal(location, join(output, 'r'));
  assert.equal(aliveVcpus, 6);
  // 200 images, each 7 ms and a share of 60 ms a partition.
  assert.ok(Math.abs((imagesPerVcpuSecond ?? 0) - (0.85 * 200) / 1.52) < 0.01, String(imagesPerVcpuSecond));
});

test('before the first commit there is no rate, and a run without a deadline has none', async (t) => {
  const { output, watch, queued } = await watchSite(t);
  await writeRun(output, { ...RUN, committed: [], id: 'new' });
  const { deadlineMs: _, ...open } = RUN;
  await writeRun(output, { ...open, id: 'open' });
  queued('new', 'open');
  const { runs } = await watch.look();
  const of = (id: string) => runs.find(({ demand }) => demand.runId === id)?.demand;
  assert.equal(of('new')?.imagesPerVcpuSecond, null);
  assert.equal(of('open')?.deadlineMs, null);
});

test('all committed and no model is a reduce, since the last commit', async (t) => {
  const { output, watch, queued } = await watchSite(t);
  await writeRun(output, { ...RUN, committed: [0, 1, 2, 3] });
  queued('r');
  const [{ demand } = assert.fail()] = (await watch.look()).runs;
  assert.equal(demand.reducing, true);
  assert.equal(demand.reducingSinceMs, RUN.submittedMs + 40_000);
  assert.deepEqual(demand.extract, { images: 0, partitions: 0 });
});

test('runs that the queue does not name, and those that need no workers, ask for nothing', async (t) => {
  const { output, watch, queued, queue } = await watchSite(t);
  const ids = ['cancelled', 'failed', 'done', 'local', 'removed'];
  await writeRun(output, { ...RUN, id: 'cancelled', isCancelled: true });
  const failure = { partition: 2, code: 'E_CHILD_DIED' as const, reason: 'x', permanent: true };
  await writeRun(output, { ...RUN, id: 'failed', failures: [failure] });
  await writeRun(output, { ...RUN, id: 'done', committed: [0, 1, 2, 3], isDone: true });
  const { folder } = await writeRun(output, { ...RUN, id: 'local' });
  await addEpoch(folder, undefined, new Date(NOW_MS).toISOString());
  await writeRun(output, { ...RUN, id: 'unqueued' });
  queued(...ids);
  assert.deepEqual((await watch.look()).runs, []);
  queue.runs = [];
  assert.deepEqual((await watch.look()).runs, []);
});

test('a run that is cancelled or removed while it is watched asks for nothing from then on', async (t) => {
  const { output, watch, queued, clock } = await watchSite(t);
  const { folder } = await writeRun(output, RUN);
  const other = await writeRun(output, { ...RUN, id: 'other' });
  queued('r', 'other');
  assert.equal((await watch.look()).runs.length, 2);
  await writeRecord(folder, cancelFile(1), { by: WORKER, at: clock.now() });
  await rm(other.folder, { recursive: true });
  clock.passedMs += MINUTE;
  assert.deepEqual((await watch.look()).runs, []);
});

test('an epoch whose jobs do not come within two minutes has lost its coordinator', async (t) => {
  const { output, watch, queued, clock } = await watchSite(t);
  const { folder } = await writeRun(output, RUN);
  await addEpoch(folder, QUEUE, new Date(NOW_MS).toISOString());
  queued('r'); // jobs of the epoch before
  clock.passedMs = MINUTE;
  assert.equal((await watch.look()).runs.length, 1);
  clock.passedMs = 2 * MINUTE + 1;
  assert.deepEqual((await watch.look()).runs, []);
});

test('a run outside of the places gets no workers, is not looked at, and is named once', async (t) => {
  const { watch, queue, logger, calls } = await watchSite(t);
  queue.runs = [{ location: '/elsewhere/r', runId: 'r', epoch: 1, priority: 'normal' }];
  assert.deepEqual((await watch.look()).runs, []);
  await watch.look();
  assert.equal(logger.lines.length, 1);
  assert.match(logger.lines[0]?.message ?? '', /outside of every --place/);
  assert.deepEqual(calls, []);
});

test('images count once: not those that were there at the start, and those of a finished run', async (t) => {
  const { output, watch, queued, queue, clock } = await watchSite(t);
  await writeRun(output, RUN);
  queued('r');
  assert.equal((await watch.look()).imagesDone, 0);
  await writeRun(output, { ...RUN, committed: [0, 1, 2] });
  clock.passedMs += MINUTE;
  assert.equal((await watch.look()).imagesDone, 100);
  clock.passedMs += MINUTE;
  assert.equal((await watch.look()).imagesDone, 0);
  await writeRun(output, { ...RUN, committed: [0, 1, 2, 3], isDone: true });
  queue.runs = [];
  clock.passedMs += MINUTE;
  const { imagesDone, runs } = await watch.look();
  assert.deepEqual(runs, []);
  assert.equal(imagesDone, 100 + 400, 'the last partition, and all projections');
});

test('each commit is read once, and nothing of a run that left the queue ten minutes ago', async (t) => {
  const { output, watch, queued, queue, clock, calls } = await watchSite(t);
  await writeRun(output, RUN);
  queued('r');
  for (let look = 0; look < 5; look += 1) {
    await watch.look();
    clock.passedMs += MINUTE;
  }
  const commits = calls.filter(({ kind, key }) => kind === 'read' && key.startsWith('commits/'));
  assert.equal(commits.length, 2);
  queue.runs = [];
  clock.passedMs += 11 * MINUTE;
  await watch.look();
  calls.length = 0;
  clock.passedMs += MINUTE;
  await watch.look();
  assert.deepEqual(calls, []);
});

test('an error of the queue is an error of the look; it ends with its cause', async (t) => {
  const { output, watch, queued, queue } = await watchSite(t);
  await writeRun(output, RUN);
  queued('r');
  queue.error = new VergerError('E_REDIS_UNREACHABLE');
  await assert.rejects(watch.look(), { code: 'E_REDIS_UNREACHABLE' });
  queue.error = undefined;
  assert.equal((await watch.look()).runs.length, 1);
});

test('a run that cannot be read is said while the queue names it; the images of others count', async (t) => {
  const { output, watch, queued, faults, clock } = await watchSite(t);
  await writeRun(output, RUN);
  await writeRun(output, { ...RUN, id: 'other' });
  queued('r', 'other');
  const ids = ({ runs }: Seen) => runs.map(({ demand }) => demand.runId);
  assert.deepEqual(ids(await watch.look()), ['r', 'other']);
  faults.before = ({ at }) => {
    if (at === join(output, 'r')) throw new VergerError('E_S3_UNREACHABLE', {}, { detail: 'Refused.' });
  };
  await writeRun(output, { ...RUN, id: 'other', committed: [0, 1, 2] });
  clock.passedMs += MINUTE;
  const seen = await watch.look();
  assert.match(seen.unread?.message ?? '', /r: E_S3_UNREACHABLE: .*Refused/);
  assert.deepEqual([ids(seen), seen.imagesDone], [['other'], 100]);
  queued('other');
  clock.passedMs += MINUTE;
  assert.equal((await watch.look()).unread, undefined);
  queued('r', 'other');
  faults.before = undefined;
  clock.passedMs += MINUTE;
  const after = await watch.look();
  assert.deepEqual([ids(after), after.unread], [['r', 'other'], undefined]);
});

test('a worker of an earlier release counts 1, and is told apart', async (t) => {
  const { watch, queue } = await watchSite(t);
  queue.workers = [4, undefined];
  const { aliveVcpus, unsizedWorkers } = await watch.look();
  assert.deepEqual([aliveVcpus, unsizedWorkers], [5, 1]);
});

test('a damaged manifest asks for nothing; a damaged commit only leaves its partition to do', async (t) => {
  const { output, watch, queued } = await watchSite(t);
  const { folder } = await writeRun(output, RUN);
  const other = await writeRun(output, { ...RUN, id: 'other' });
  await writeFile(join(folder, 'commits/part-00000.json'), '{}');
  await writeFile(join(other.folder, 'manifest.json'), '{}');
  queued('r', 'other');
  const { runs } = await watch.look();
  assert.deepEqual(
    runs.map(({ demand }) => [demand.runId, demand.extract.partitions]),
    [['r', 3]],
  );
});
