import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cancelFile, epochFile, runState } from '@verger/core';
import { markRunCancelled, readCancel, readStatus } from '@verger/run';
import { fakeChildren } from '@verger/testkit/fake-children';
import { faultyStorage } from '@verger/testkit/faulty-storage';
import { goodImages, keysOf, openTestEpoch, testExecutor, testRun } from '@verger/testkit/run-harness';

const OTHER = { host: 'other', pid: 1, name: 'x' };

test('close amid the images ends the run with E_INTERRUPTED; it continues where it was', async (t) => {
  const files = { ...goodImages(6), 'b/99.jpg': 'HOLD' };
  const run = await testRun(t, files, { extraction: { partitions: 7 } });
  const { error, children } = await run.execute({
    seen: (event, executor) => {
      if (event.type === 'partition:done') void executor.close();
    },
  });
  assert.equal(error?.code, 'E_INTERRUPTED');
  const { commits, facts } = await readStatus(run.store, run.manifest);
  assert.ok(commits.size > 0 && !commits.has(6));
  assert.equal(runState(facts), 'running', 'an interruption is no failure');
  assert.deepEqual(await keysOf(run.store, 'failures/'), []);
  assert.equal(children.inferred('HOLD'), 0);

  const next = fakeChildren();
  next.release();
  assert.equal((await run.execute({ children: next, cause: 'resume' })).verdict, 'ok');
  const listed = Object.entries(files).sort(([a], [b]) => (a < b ? -1 : 1));
  for (const partition of commits.keys()) assert.equal(next.inferred(listed[partition]![1]), 0);
});

test('cancel leaves its mark, ends the run, and another submission continues it', async (t) => {
  const run = await testRun(t, { ...goodImages(4), 'b/99.jpg': 'HOLD' }, { extraction: { partitions: 5 } });
  const cancelled: Promise<void>[] = [];
  const { error } = await run.execute({
    seen: (event, executor, submitted) => {
      if (event.type === 'partition:done' && cancelled.length === 0) {
        cancelled.push(executor.cancel(submitted));
      }
    },
  });
  await Promise.all(cancelled);
  assert.equal(error?.code, 'E_RUN_CANCELLED');
  assert.ok((await keysOf(run.store)).includes(cancelFile(1)));
  assert.equal(runState((await readStatus(run.store, run.manifest)).facts), 'cancelled');
  const children = fakeChildren();
  children.release();
  assert.equal((await run.execute({ children })).verdict, 'ok');
});

test('a cancel from another process is seen at the next partition', async (t) => {
  const run = await testRun(t, goodImages(6), { extraction: { partitions: 6 } });
  const other = testExecutor(fakeChildren());
  const children = fakeChildren();
  const store = faultyStorage(run.store, {
    before: async ({ key }) => {
      if (key !== 'sums/part-00000.sums') return;
      await other.cancel({ manifest: run.manifest, store: run.store, images: run.images, epoch: 1 });
    },
  });
  const { error } = await run.execute({ store, children });
  assert.equal(error?.code, 'E_RUN_CANCELLED');
  const { commits } = await readStatus(run.store, run.manifest);
  assert.ok(commits.size < 6);
});

test('a cancel from another process ends a partition that is under way', async (t) => {
  const run = await testRun(t, { ...goodImages(3), 'b/99.jpg': 'HOLD' }, { extraction: { partitions: 1 } });
  const marks: Promise<unknown>[] = [];
  const { error } = await run.execute({
    cancelPollMs: 2,
    seen: (event) => {
      const at = 'now';
      if (event.type === 'stage:start')
        marks.push(markRunCancelled(run.store, run.manifest, { by: OTHER, at }));
    },
  });
  await Promise.all(marks);
  assert.equal(error?.code, 'E_RUN_CANCELLED');
  assert.equal((await readCancel(run.store, 1))?.by.host, 'other');
  const { commits, facts } = await readStatus(run.store, run.manifest);
  assert.equal(commits.size, 0);
  assert.equal(runState(facts), 'cancelled');
});

test('a cancel mark ends the processes of its epoch and of earlier ones, and of no later one', async (t) => {
  const run = await testRun(t, goodImages(3), { extraction: { partitions: 3 } });
  const [first, second] = [await openTestEpoch(run.store), await openTestEpoch(run.store)];
  assert.equal((await markRunCancelled(run.store, run.manifest, { by: OTHER, at: 'now' })).marked, true);
  for (const epoch of [first, second]) {
    assert.equal((await run.execute({ epoch })).error?.code, 'E_RUN_CANCELLED');
  }
  assert.equal((await run.execute({ cause: 'resume' })).verdict, 'ok');
});

test('a run is marked before its partitions are looked at, however many there are', async (t) => {
  const run = await testRun(t, goodImages(6), { extraction: { partitions: 6 } });
  await openTestEpoch(run.store);
  const store = faultyStorage(run.store, {});
  const { marked, status } = await markRunCancelled(store, run.manifest, { by: OTHER, at: 'now' });
  assert.ok(marked && status.facts.cancelled);
  const mark = store.calls.findIndex(({ kind }) => kind === 'create');
  const before = store.calls.slice(0, mark);
  assert.ok(before.length <= 8, JSON.stringify(before));
  assert.ok(!before.some(({ key }) => key.startsWith('commits/') || key.startsWith('projection/')));
});

test('a run whose epoch cannot be read is cancelled as one that workers do', async (t) => {
  const run = await testRun(t, goodImages(3), { extraction: { partitions: 3 } });
  await run.store.create(epochFile(1), Buffer.from('{}'));
  const marked = markRunCancelled(run.store, run.manifest, { by: OTHER, at: 'now' });
  assert.equal((await marked).marked, true);
});

test('an epoch that begins while the run is being cancelled is cancelled, too', async (t) => {
  const run = await testRun(t, goodImages(3), { extraction: { partitions: 3 } });
  await openTestEpoch(run.store);
  const store = faultyStorage(run.store, {
    before: async ({ key }) => {
      if (key === cancelFile(1)) await openTestEpoch(run.store, { cause: 'resume' });
    },
  });
  assert.equal((await markRunCancelled(store, run.manifest, { by: OTHER, at: 'now' })).marked, true);
  // Epoch 2 began when the mark of epoch 1 was looked for, epoch 3 when it was written.
  for (const epoch of [1, 2, 3]) assert.equal((await readCancel(run.store, epoch))?.by.host, 'other');
  assert.equal(runState((await readStatus(run.store, run.manifest)).facts), 'cancelled');
});

test('what is wrong with a submission is said', async (t) => {
  const run = await testRun(t, { 'a/1.jpg': 'HOLD' });
  const children = fakeChildren();
  const executor = testExecutor(children);
  const submission = { ...run, epoch: 1 };
  await assert.rejects(executor.submit(submission), /Epoch 1 was not opened/);
  assert.throws(() => executor.watch(submission), /not submitted here/);
  await openTestEpoch(run.store);
  await executor.submit(submission);
  await assert.rejects(executor.submit(submission), /under way here already/);
  await executor.close();
  await assert.rejects(executor.submit(submission), { code: 'E_INTERRUPTED' });
});
