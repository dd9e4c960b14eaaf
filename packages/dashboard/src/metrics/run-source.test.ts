import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { RunIndex } from '@verger/run-index';
import { temporaryFolder } from '@verger/testkit/run-harness';
import { type WrittenRun, writeRun } from '@verger/testkit/written-run';
import { NOW_MS, seenStorages, setClock } from '../testing/run-site.ts';
import { runSource } from './run-source.ts';

const RUN: WrittenRun = {
  ...{ id: 'r1', partitions: [10, 10, 10, 5], submittedMs: NOW_MS - 60_000, commitEveryMs: 20_000 },
  ...{ committed: [0, 2], quarantined: { 2: ['a.jpg', 'b.jpg'] } },
};

function source(places: readonly string[]) {
  const clock = setClock();
  const { storages, calls } = seenStorages();
  const index = new RunIndex({ places, storages, clock });
  return { clock, calls, ...runSource(index, clock) };
}

test('what is left of a run, and when it moved last', async (t) => {
  const output = await temporaryFolder(t);
  await writeRun(output, RUN);
  const { places, runs } = source([output]);
  assert.deepEqual(places, [output]);
  assert.deepEqual(await runs(output), [
    {
      ...{ runId: 'r1', state: 'running', images: 35, extracted: 18, quarantined: 2 },
      backlog: { extract: { images: 15, partitions: 2 }, project: { images: 35, partitions: 4 } },
      movedMs: NOW_MS - 20_000,
    },
  ]);
});

test('a run without a commit moved when it was submitted', async (t) => {
  const output = await temporaryFolder(t);
  await writeRun(output, { ...RUN, committed: [] });
  const { runs } = source([output]);
  const [run] = await runs(output);
  assert.equal(run?.movedMs, RUN.submittedMs);
  assert.deepEqual(run?.backlog.extract, { images: 35, partitions: 4 });
});

test('states are those of the list of runs', async (t) => {
  const output = await temporaryFolder(t);
  await writeRun(output, { ...RUN, id: 'done', committed: [0, 1, 2, 3], isDone: true });
  await writeRun(output, { ...RUN, id: 'ended', isCancelled: true });
  const { runs } = source([output]);
  const states = (await runs(output)).map(({ runId, state }) => `${runId} ${state}`);
  assert.deepEqual(states.sort(), ['done done', 'ended cancelled']);
});

test('a place without a folder has no runs, one that cannot be read is an error', async (t) => {
  const folder = await temporaryFolder(t);
  const { runs } = source([join(folder, 'none')]);
  assert.deepEqual(await runs(join(folder, 'none')), []);
  const clock = setClock();
  const { storages } = seenStorages(() => {
    throw new Error('no permission');
  });
  const broken = runSource(new RunIndex({ places: [folder], storages, clock }), clock);
  await assert.rejects(broken.runs(folder), /no permission/);
});

test('a second look reads no record again', async (t) => {
  const output = await temporaryFolder(t);
  await writeRun(output, RUN);
  const { clock, calls, runs } = source([output]);
  await runs(output);
  const reads = () => calls.filter(({ kind, key }) => kind === 'read' && key.startsWith('commits/')).length;
  assert.equal(reads(), 2);
  clock.passedMs = 60_000;
  assert.equal((await runs(output)).length, 1);
  assert.equal(reads(), 2);
});
