import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { test } from 'node:test';
import { type Commit, RUN_FILES, VergerError } from '@verger/core';
import { type FakeChildren, fakeChildren } from '@verger/testkit/fake-children';
import { faultyStorage, storageFault } from '@verger/testkit/faulty-storage';
import {
  bytesOf,
  type Files,
  goodImages,
  hashesOf,
  jsonOf,
  keysOf,
  promisedHashes,
  type TestRun,
  testRun,
} from '@verger/testkit/run-harness';
import { verifySuccess } from '../../../run/src/success.ts';

const FILES: Files = { ...goodImages(4), 'b/03-bad.jpg': 'BAD:E_IMG_DECODE' };
const CUT = { extraction: { partitions: 2 } };
const CSV = { finish: { csv: true, maxBad: 1 } };
/** Contents by partition, as CUT cuts FILES: three images and two. */
const CONTENTS = [
  ['image a/00.jpg', 'image a/01.jpg', 'image b/02.jpg'],
  ['BAD:E_IMG_DECODE', 'image b/03.jpg'],
];

/** Promised bytes of FILES, from a run that nothing happened to. */
async function undisturbed(t: Parameters<typeof testRun>[0]): Promise<Record<string, string>> {
  const run = await testRun(t, FILES, CUT);
  assert.equal((await run.execute(CSV)).verdict, 'ok');
  return await promisedHashes(run.store);
}

const inferredOf = (children: FakeChildren, partition: number) =>
  CONTENTS[partition]!.reduce((total, content) => total + children.inferred(content), 0);

/** Finishes a run that was disturbed; what stood in storage is neither changed nor computed again. */
async function finishes(run: TestRun, expected: Record<string, string>, why: string): Promise<void> {
  const before = await promisedHashes(run.store);
  const children = fakeChildren();
  const { verdict, error } = await run.execute({ ...CSV, children, cause: 'resume' });
  assert.equal(error, undefined, why);
  assert.equal(verdict, 'ok', why);
  const after = await promisedHashes(run.store);
  assert.deepEqual(after, expected, why);
  for (const [file, hash] of Object.entries(before)) assert.equal(after[file], hash, `${why}: ${file}`);
  for (const partition of [0, 1]) {
    if (before[`features/part-0000${partition}.parquet`] === undefined) continue;
    assert.equal(inferredOf(children, partition), 0, `${why}: partition ${partition} was inferred again`);
  }
  await verifySuccess(run.store);
}

test('a run killed before any of its writes continues to the same bytes, nothing twice', async (t) => {
  const expected = await undisturbed(t);
  const boundaries: string[] = [];
  for (let killedAt = 1; ; killedAt += 1) {
    const run = await testRun(t, FILES, CUT);
    let last = '';
    const store = faultyStorage(run.store, {
      before: ({ write, key }) => {
        if (write < killedAt) return;
        last ||= key;
        throw new VergerError('E_OUTPUT_FULL', {}, { detail: 'killed' });
      },
    });
    const { error, verdict } = await run.execute({ ...CSV, store });
    if (verdict !== undefined) break;
    assert.equal(error?.code, 'E_OUTPUT_FULL');
    boundaries.push(last);
    await finishes(run, expected, `killed before ${last}`);
  }
  assert.equal(boundaries.length, 16, boundaries.join('\n'));
  assert.deepEqual(boundaries.slice(6), [
    'pca/labels.json',
    'pca/model.json',
    ...boundaries.slice(8, 10),
    'quarantine.jsonl',
    'result.csv',
    'report.json',
    'timeline.json',
    'report.html',
    '_SUCCESS',
  ]);
});

test('a write whose answer is lost is adopted by the next attempt', async (t) => {
  const expected = await undisturbed(t);
  for (const lost of [
    'features/part-00001.parquet',
    'sums/part-00000.sums',
    'commits/part-00001.json',
    'pca/labels.json',
    'pca/model.json',
    'projection/part-00000.parquet',
    'quarantine.jsonl',
    'result.csv',
    '_SUCCESS',
  ]) {
    const run = await testRun(t, FILES, CUT);
    let left = 1;
    const store = faultyStorage(run.store, {
      after: ({ kind, key }) => {
        if (kind !== 'create' || key !== lost || left === 0) return;
        left -= 1;
        throw storageFault();
      },
    });
    const { verdict, error, children, pausesMs } = await run.execute({ ...CSV, store });
    assert.equal(error, undefined, lost);
    assert.equal(verdict, 'ok', lost);
    assert.equal(left, 0, lost);
    assert.equal(pausesMs.length, 1, `${lost}: one attempt more`);
    assert.deepEqual(await promisedHashes(run.store), expected, lost);
    assert.equal(inferredOf(children, 0) + inferredOf(children, 1), 4, `${lost}: nothing was inferred twice`);
    const [failure] = await keysOf(run.store, 'failures/');
    assert.equal((await jsonOf<{ code: string }>(run.store, failure!)).code, 'E_STORAGE');
  }
});

test('the images may be gone once they are all committed', async (t) => {
  const expected = await undisturbed(t);
  const run = await testRun(t, FILES, CUT);
  await run.execute({
    ...CSV,
    seen: (event, executor) => {
      if (event.type === 'stage:done' && event.stage === 'extract') void executor.close();
    },
  });
  await rm(run.imagesFolder, { recursive: true });
  await finishes(run, expected, 'images gone');
});

test('a zombie that goes on late changes nothing', async (t) => {
  const expected = await undisturbed(t);
  for (const asleepAt of [
    'features/part-00000.parquet',
    'sums/part-00000.sums',
    'commits/part-00000.json',
    'pca/labels.json',
    'pca/model.json',
    'projection/part-00000.parquet',
    'quarantine.jsonl',
    'result.csv',
    '_SUCCESS',
  ]) {
    const run = await testRun(t, FILES, CUT);
    let whole: Record<string, string> = {};
    let slept = false;
    const store = faultyStorage(run.store, {
      before: async ({ kind, key }) => {
        if (kind !== 'create' || key !== asleepAt || slept) return;
        slept = true;
        assert.equal((await run.execute(CSV)).verdict, 'ok', asleepAt);
        whole = await hashesOf(run.store);
      },
    });
    const zombie = await run.execute({ ...CSV, store });
    assert.equal(zombie.verdict, 'ok', asleepAt);
    const after = await hashesOf(run.store);
    // What a person reads may be told again; it is no data.
    const told = { [RUN_FILES.report]: '', [RUN_FILES.timeline]: '', [RUN_FILES.htmlReport]: '' };
    assert.deepEqual({ ...after, ...told }, { ...whole, ...told }, asleepAt);
    assert.deepEqual(await promisedHashes(run.store), expected, asleepAt);
    assert.equal((await jsonOf<{ epoch: number }>(run.store, RUN_FILES.success)).epoch, 2, asleepAt);
  }
});

test('two executors on one run at the same time give the same bytes, one commit a partition', async (t) => {
  const expected = await undisturbed(t);
  const run = await testRun(t, FILES, CUT);
  const endings = await Promise.all([run.execute(CSV), run.execute(CSV)]);
  assert.deepEqual(
    endings.map(({ verdict, error }) => [verdict, error]),
    [
      ['ok', undefined],
      ['ok', undefined],
    ],
  );
  assert.deepEqual(await promisedHashes(run.store), expected);
  assert.equal((await keysOf(run.store, 'commits/')).length, 2);
  assert.deepEqual(await keysOf(run.store, 'failures/'), []);
  await verifySuccess(run.store);
});

test('the loser of a race takes the rows of the first writer, quarantine included', async (t) => {
  // Of one length: the listing is the same for both. Theirs found bad what is good here, and was first.
  const padded = 'BAD:E_IMG_DECODE';
  const good = 'xxxxxxxxxxxxxxxx';
  const ours = await testRun(t, { ...FILES, 'a/00.jpg': good }, { extraction: { partitions: 1 } });
  const theirs = await testRun(t, { ...FILES, 'a/00.jpg': padded }, { extraction: { partitions: 1 } });
  await theirs.execute(CSV);
  const first = await bytesOf(theirs.store, 'features/part-00000.parquet');
  const racing = faultyStorage(ours.store, {
    before: async ({ kind, key }) => {
      if (kind === 'create' && key === 'features/part-00000.parquet') await ours.store.create(key, first);
    },
  });
  const { verdict, events } = await ours.execute({ ...CSV, store: racing });
  assert.equal(verdict, 'ok');
  const commit = await jsonOf<Commit>(ours.store, 'commits/part-00000.json');
  assert.deepEqual([commit.adopted, commit.listed, commit.extracted], [true, 5, 3]);
  const told = events.filter((event) => event.type === 'images:done');
  assert.equal(
    told.reduce((total, event) => total + event.extracted, 0),
    3,
    'what was told of our own rows is corrected',
  );
});
