import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Commit, MAX_LABELS, RUN_FILES, type Sums, sha256 } from '@verger/core';
import { mergeSums } from '@verger/pca';
import { encodeSums } from '@verger/tables';
import { fakeChildren } from '@verger/testkit/fake-children';
import { faultyStorage, storageFault } from '@verger/testkit/faulty-storage';
import { goodImages, promisedHashes, type TestRun, testRun } from '@verger/testkit/run-harness';
import { seededRows, sumsOf } from '@verger/testkit/sums-rows';
import fc from 'fast-check';
import { type CommittedSums, createRunningTotal, type PartitionSums } from './running-total.ts';

const CUT = { extraction: { partitionSize: 2 } };

const sumsFile = (partition: number) => `sums/part-0000${partition}.sums`;

/** The sums files that a run reads while it is executed to its end. */
async function sumsReadBy(run: TestRun, options: Parameters<TestRun['execute']>[0] = {}): Promise<string[]> {
  const store = faultyStorage(run.store, {});
  assert.equal((await run.execute({ store, ...options })).error, undefined);
  return store.calls
    .filter(({ kind, key }) => kind === 'read' && key.startsWith('sums/'))
    .map(({ key }) => key);
}

async function forget(run: TestRun, ...files: string[]): Promise<void> {
  for (const file of files) await run.store.remove(file);
}

test('sums that this process committed are not read again, and the model is the same', async (t) => {
  const run = await testRun(t, goodImages(6), CUT);
  assert.deepEqual(await sumsReadBy(run), []);
  const promised = await promisedHashes(run.store);
  await forget(run, RUN_FILES.success, RUN_FILES.model, RUN_FILES.labels);
  const children = fakeChildren();
  assert.deepEqual(await sumsReadBy(run, { children }), [0, 1, 2].map(sumsFile));
  assert.deepEqual([children.calls('encode'), children.calls('adopt'), children.calls('fit')], [0, 0, 1]);
  assert.deepEqual(await promisedHashes(run.store), promised);
});

test('a partition that was committed before is read, the others are not', async (t) => {
  const run = await testRun(t, goodImages(6), CUT);
  await run.execute();
  const promised = await promisedHashes(run.store);
  await forget(
    run,
    RUN_FILES.success,
    RUN_FILES.model,
    'commits/part-00001.json',
    'features/part-00001.parquet',
  );
  const children = fakeChildren();
  // The first one when it is committed again: its file is there.
  assert.deepEqual(await sumsReadBy(run, { children }), [1, 0, 2].map(sumsFile));
  assert.deepEqual([children.calls('encode'), children.calls('fit')], [1, 1]);
  assert.deepEqual(await promisedHashes(run.store), promised);
});

test('the sums of a commit that another process created are read', async (t) => {
  const run = await testRun(t, goodImages(6), CUT);
  await run.execute();
  const promised = await promisedHashes(run.store);
  const commit = await run.store.read('commits/part-00001.json');
  assert.ok(commit.status === 'read');
  await forget(run, RUN_FILES.success, RUN_FILES.model, 'commits/part-00001.json', sumsFile(1));
  const sumsRead: string[] = [];
  const store = faultyStorage(run.store, {
    before: async ({ kind, key }) => {
      if (kind === 'create' && key.startsWith('commits/')) await run.store.create(key, commit.bytes);
      if (kind === 'read' && key.startsWith('sums/')) sumsRead.push(key);
    },
  });
  assert.equal((await run.execute({ store })).error, undefined);
  assert.deepEqual(sumsRead, [0, 1, 2].map(sumsFile));
  assert.deepEqual(await promisedHashes(run.store), promised);
});

test('a reduce that is tried again finds the total as it was', async (t) => {
  const whole = await testRun(t, goodImages(6), CUT);
  await whole.execute();
  const promised = await promisedHashes(whole.store);
  await forget(whole, RUN_FILES.success, RUN_FILES.model, RUN_FILES.labels, 'commits/part-00001.json');
  let refused = 0;
  const store = faultyStorage(whole.store, {
    before: ({ kind, key }) => {
      if (kind !== 'create' || key !== RUN_FILES.labels || refused === 2) return;
      refused += 1;
      throw storageFault();
    },
  });
  const children = fakeChildren();
  assert.equal((await whole.execute({ store, children })).error, undefined);
  assert.deepEqual([refused, children.calls('fit')], [2, 3]);
  const read = store.calls.filter(({ kind, key }) => kind === 'read' && key.startsWith('sums/'));
  assert.deepEqual(
    read.map(({ key }) => key),
    [1, 0, 2, 0, 2, 0, 2].map(sumsFile),
  );
  assert.deepEqual(await promisedHashes(whole.store), promised);
});

const partOf = (partition: number, sums: Sums): PartitionSums => {
  const bytes = encodeSums(sums);
  return { partition, sums: bytes, sha256: sha256(bytes) };
};
const committed = (parts: readonly PartitionSums[]): CommittedSums[] =>
  parts.map(({ partition, sums, sha256 }) => ({ partition, sums: { sha256, bytes: sums.byteLength } }));

/** Sums of width 3 of some seeded rows with that many labels. */
const seeded = (seed: number, rows = 3, labels = 2) =>
  sumsOf(seededRows(rows, 3, seed), { width: 3, label: (row) => `label ${(row * 7 + seed) % labels}` });

test('any partitions added in any order, and the others read: the bytes are the same', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ seed: fc.nat(99), rows: fc.nat(5), added: fc.boolean() }), {
        minLength: 1,
        maxLength: 6,
      }),
      fc.array(fc.nat(), { minLength: 6, maxLength: 6 }),
      async (specs, order) => {
        const parts = await Promise.all(
          specs.map(async ({ seed, rows, added }, partition) => {
            const sums = await seeded(seed, rows, 4);
            return { sums, added, part: partOf(partition, sums) };
          }),
        );
        const expected = await sumsOf([], { width: 3 });
        for (const { sums } of parts) mergeSums(expected, sums);
        const total = createRunningTotal();
        const shuffled = [...parts].sort((a, b) => order[a.part.partition]! - order[b.part.partition]!);
        await Promise.all(shuffled.filter(({ added }) => added).map(({ part }) => total.add(part)));
        const kept = total.matching(committed(parts.map(({ part }) => part)));
        const merged = await sumsOf([], { width: 3 });
        for (const { sums, part } of shuffled)
          if (kept?.partitions.has(part.partition) !== true) mergeSums(merged, sums);
        if (kept !== undefined) mergeSums(merged, kept.sums);
        assert.equal(kept?.partitions.size ?? 0, parts.filter(({ added }) => added).length);
        assert.deepEqual(encodeSums(merged), encodeSums(expected));
      },
    ),
    { numRuns: 50 },
  );
});

test('a total counts only where every commit names the sums that were added', async () => {
  const [first, second, other] = [
    partOf(0, await seeded(1)),
    partOf(1, await seeded(2)),
    partOf(1, await seeded(3)),
  ];
  const total = createRunningTotal();
  assert.equal(total.matching([]), undefined);
  await total.add(first);
  await total.add(second);
  assert.deepEqual(total.matching(committed([first, second]))?.partitions, new Set([0, 1]));
  assert.deepEqual(total.matching(committed([first, second]))?.sums.count, 6, 'it is not taken away');
  // One that was committed by somebody else, with other sums, and one that was never committed.
  assert.equal(total.matching(committed([first, other])), undefined);
  assert.equal(total.matching(committed([first])), undefined);
});

test('while sums are being added there is no total', async () => {
  const parts = [partOf(0, await seeded(1)), partOf(1, await seeded(2))];
  const total = createRunningTotal();
  await total.add(parts[0]!);
  const adding = total.add(parts[1]!);
  await Promise.resolve();
  assert.equal(total.matching(committed(parts)), undefined);
  await adding;
  assert.equal(total.matching(committed(parts))?.partitions.size, 2);
});

test('sums that cannot be added, or come twice, drop the total, and nothing is thrown', async () => {
  const good = partOf(0, await seeded(1));
  const full = await seeded(2);
  full.count = 2 ** 53 - 1;
  full.max = 8 * 65536;
  const wide = await sumsOf(seededRows(2, 4, 1));
  const cut = { ...partOf(1, await seeded(2)), sums: good.sums.subarray(0, 60) };
  for (const bad of [partOf(1, full), partOf(1, wide), cut, good]) {
    const total = createRunningTotal();
    await total.add(good);
    await total.add(bad);
    assert.equal(total.matching(committed([good, bad])), undefined);
    await total.add(partOf(2, await seeded(4)));
    assert.equal(total.matching(committed([good, bad])), undefined, 'it stays dropped');
  }
});

test('other work is done between the steps of adding sums of many labels', async () => {
  const total = createRunningTotal();
  const many = [
    partOf(0, await seeded(1, MAX_LABELS, MAX_LABELS)),
    partOf(1, await seeded(1, MAX_LABELS, MAX_LABELS)),
  ];
  await total.add(many[0]!);
  let turns = 0;
  let over = false;
  const turn = () => {
    turns += 1;
    if (!over) setImmediate(turn);
  };
  setImmediate(turn);
  await total.add(many[1]!);
  over = true;
  assert.ok(turns >= MAX_LABELS / 512, `${turns} turns`);
  const kept = total.matching(
    many.map(({ partition, sha256 }) => ({ partition, sums: { sha256 } as Commit['sums'] })),
  );
  assert.equal(kept?.sums.labels.size, MAX_LABELS);
});
