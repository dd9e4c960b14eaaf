import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Commit, RUN_FILES, sha256 } from '@verger/core';
import { addRows, emptySums, plainIntegerGram } from '@verger/pca';
import { encodeSums } from '@verger/tables';
import type { ChildCalls } from './child-protocol.ts';
import { createTallies } from './child-tally.ts';
import type { Children } from './children.ts';
import { stageContext } from './stage-context.ts';
import { mergeTallies } from './tallies.ts';
import { testServices } from './testing/examined.ts';
import { fakeChildren } from './testing/fake-children.ts';
import { goodImages, promisedHashes, testRun } from './testing/harness.ts';

const CUT = { extraction: { partitionSize: 2 } };

async function sumsOf(value: number) {
  const sums = emptySums(2);
  await addRows(sums, { features: Float32Array.of(value, 1), labels: ['a'] }, plainIntegerGram);
  return sums;
}

const part = (partition: number) => ({ partition, sha256: `sums ${partition}` });

test('sums that the children still have are not read again, and the model is the same', async (t) => {
  const read = await testRun(t, goodImages(6), CUT);
  const first = await read.execute();
  assert.deepEqual([first.children.calls('tally'), first.children.calls('merge')], [2, 3]);
  const kept = await testRun(t, goodImages(6), CUT);
  const { children } = await kept.execute({ children: fakeChildren({ leaseSealer: true, processes: 1 }) });
  assert.deepEqual([children.calls('tally'), children.calls('merge')], [1, 0]);
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
  assert.equal((await run.execute({ children })).error, undefined);
  assert.deepEqual([children.calls('seal'), children.calls('merge')], [1, 2]);
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
