import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Commit, RUN_FILES, type Storage, sha256 } from '@verger/core';
import { addRows, emptySums, plainIntegerGram } from '@verger/pca';
import { encodeSums } from '@verger/tables';
import { testServices } from '@verger/testkit/examined';
import { fakeChildren } from '@verger/testkit/fake-children';
import { goodImages, promisedHashes, testRun } from '@verger/testkit/run-harness';
import type { ChildCalls } from '../child/protocol.ts';
import { createTallies } from '../child/tally.ts';
import type { Children } from '../children/children.ts';
import { stageContext } from '../context.ts';
import { mergeTallies } from './tallies.ts';

const CUT = { extraction: { partitionSize: 2 } };

async function sumsOf(value: number) {
  const sums = emptySums(2);
  await addRows(sums, { features: Float32Array.of(value, 1), labels: ['a'] }, plainIntegerGram);
  return sums;
}

const part = (partition: number) => ({ partition, sha256: `sums ${partition}` });

/** A storage, and the sums files that were read from it. */
function countingSums(store: Storage) {
  const sumsRead: string[] = [];
  const read: Storage['read'] = async (key, options) => {
    if (key.startsWith('sums/')) sumsRead.push(key);
    return await store.read(key, options);
  };
  return { store: { ...store, read }, sumsRead };
}

test('sums that the children still have are not read again, and the model is the same', async (t) => {
  const read = await testRun(t, goodImages(6), CUT);
  const first = countingSums(read.store);
  const { children: readers } = await read.execute({ store: first.store });
  assert.deepEqual([readers.calls('tally'), readers.calls('merge')], [2, 1]);
  assert.deepEqual(
    first.sumsRead,
    [0, 1, 2].map((partition) => `sums/part-0000${partition}.sums`),
  );
  const kept = await testRun(t, goodImages(6), CUT);
  const second = countingSums(kept.store);
  const { children } = await kept.execute({
    store: second.store,
    children: fakeChildren({ leaseSealer: true, processes: 1 }),
  });
  assert.deepEqual([children.calls('tally'), children.calls('merge')], [1, 0]);
  assert.deepEqual(second.sumsRead, []);
  assert.deepEqual(await promisedHashes(kept.store), await promisedHashes(read.store));
});

test('a partition that was committed before is read, the others are not', async (t) => {
  const run = await testRun(t, goodImages(6), CUT);
  await run.execute();
  const promised = await promisedHashes(run.store);
  for (const file of [
    RUN_FILES.success,
    RUN_FILES.model,
    'commits/part-00001.json',
    'features/part-00001.parquet',
  ]) {
    await run.store.remove(file);
  }
  const children = fakeChildren({ leaseSealer: true, processes: 1 });
  const { store, sumsRead } = countingSums(run.store);
  assert.equal((await run.execute({ children, store })).error, undefined);
  assert.deepEqual([children.calls('seal'), children.calls('merge')], [1, 1]);
  // The first one when it is committed again: its file is there.
  assert.deepEqual(
    sumsRead,
    [1, 0, 2].map((partition) => `sums/part-0000${partition}.sums`),
  );
  assert.deepEqual(await promisedHashes(run.store), promised);
});

test('a tally is of one run, is taken once, and is of no use when a partition came twice', async () => {
  const tallies = createTallies();
  tallies.add('one', part(0), await sumsOf(1));
  tallies.add('one', part(1), await sumsOf(2));
  const taken = tallies.take('one');
  assert.deepEqual(taken?.parts, [part(0), part(1)]);
  assert.equal(taken?.sums.count, 2);
  assert.equal(tallies.take('one'), undefined);
  tallies.add('one', part(0), await sumsOf(1));
  tallies.add('two', part(3), await sumsOf(1));
  assert.equal(tallies.take('one'), undefined);
  tallies.add('two', part(3), await sumsOf(1));
  tallies.add('two', part(3), await sumsOf(1));
  tallies.add('two', part(4), await sumsOf(1));
  assert.equal(tallies.take('two'), undefined);
});

/** Children that answer `tally` with these, one each, and say what is merged into the first. */
async function merging(tallies: readonly ChildCalls['tally']['response'][], commits: readonly number[]) {
  const merges: { sha256: string; first: boolean }[] = [];
  let leased = 0;
  const callOf = (child: number) =>
    (async (kind: string, request: unknown) => {
      if (kind === 'tally') return tallies[child];
      merges.push(request as (typeof merges)[number]);
      return { count: 0 };
    }) as Children['call'];
  const children = fakeChildren();
  const fakes: typeof children = {
    ...children,
    processes: tallies.length,
    withLease: async (body) => {
      leased += 1;
      return await body(callOf(leased));
    },
  };
  const run = { manifest: { identity: 'one', partDigits: 5 } } as Parameters<typeof stageContext>[1]['run'];
  const own = { run, signal: new AbortController().signal, emit: () => {} };
  const ctx = stageContext(testServices(fakes), own);
  ctx.tallied.add(0);
  const named = commits.map((partition) => ({
    partition,
    sums: part(partition) as unknown as Commit['sums'],
  }));
  const merged = await mergeTallies(ctx, callOf(0), named);
  return { merged: [...merged], merges: merges.map(({ first, sha256 }) => ({ first, sha256 })), leased };
}

test('the tallies of several children are merged where all of their parts are committed, and nothing counts twice', async () => {
  const sums = encodeSums(await sumsOf(1));
  const told = (first: boolean) => ({ first, sha256: sha256(sums) });
  const [own, other] = [
    { parts: [part(0)], sums: undefined },
    { parts: [part(1)], sums },
  ];
  assert.deepEqual(await merging([own, other], [0, 1, 2]), {
    merged: [0, 1],
    merges: [told(false)],
    leased: 1,
  });
  // A child that has died since, and one whose partition was sealed again elsewhere.
  const none = { parts: [], sums: undefined };
  assert.deepEqual(await merging([none, other], [0, 1]), { merged: [1], merges: [told(true)], leased: 1 });
  assert.deepEqual((await merging([own, { parts: [part(0)], sums }], [0])).merged, [0]);
  // One that was never committed.
  assert.deepEqual((await merging([own, { parts: [part(1), part(7)], sums }], [0, 1])).merged, [0]);
  assert.deepEqual((await merging([{ ...own, parts: [part(7)] }, other, none], [0, 1])).merged, [1]);
});
