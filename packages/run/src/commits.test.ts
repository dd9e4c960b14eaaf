import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type Commit, runLayout, type Storage, sha256, withSelfHash } from '@verger/core';
import {
  CLOCK,
  createTestRun,
  goodImages,
  jsonOf,
  keysOf,
  SILENT,
  temporaryFolder,
  WORKER,
} from '@verger/testkit/run-harness';
import { type CommitParts, commitPartition, commitsInOrder, readCommit, readCommits } from './commits.ts';
import { recordBytes } from './records.ts';
import type { RunContext } from './run-context.ts';

const COMMIT = 'commits/part-00001.json';
const SUMS = 'sums/part-00001.sums';

/** A run of two partitions of two images each. */
async function context(t: TestContext): Promise<RunContext> {
  const folder = await temporaryFolder(t);
  const run = await createTestRun(folder, goodImages(4), { extraction: { partitions: 2 } });
  const layout = runLayout(run.manifest.partDigits);
  const signal = new AbortController().signal;
  return {
    run: { ...run, epoch: 3 },
    layout,
    worker: WORKER,
    clock: CLOCK,
    logger: SILENT,
    signal,
  } as RunContext;
}

const fileOf = (bytes: Uint8Array) => ({ sha256: sha256(bytes), bytes: bytes.byteLength });
const sums = Buffer.from('sums');
const PARTS: CommitParts = {
  ...{ features: Buffer.from('features'), featuresFile: fileOf(Buffer.from('features')) },
  ...{ sums, sumsFile: fileOf(sums), rowsDigest: 'ab'.repeat(32) },
  ...{ extracted: 1, quarantined: { E_IMG_DECODE: 1 }, numericClass: 'fake' },
};

const timings = { readMs: 1.26, decodeMs: 0, inferenceMs: 0, encodeMs: 0, wallMs: 2 };

async function commit(ctx: RunContext, { parts = PARTS, partition = 1, reused = 0 } = {}): Promise<Commit> {
  await commitPartition(ctx, { partition, attempt: 2 }, { parts, listed: 2, reused, timings });
  return (await readCommit(ctx.run, partition)) as Commit;
}

async function spoil(ctx: RunContext, change: Partial<Commit>): Promise<void> {
  const { selfHash: _, ...record } = await jsonOf<Commit>(ctx.run.store, COMMIT);
  await ctx.run.store.replace(COMMIT, recordBytes(withSelfHash({ ...record, ...change })));
}

test('a partition is committed with what its files are, its sums first', async (t) => {
  const ctx = await context(t);
  const created: string[] = [];
  const store: Storage = {
    ...ctx.run.store,
    create: async (key, body) => {
      created.push(key);
      return await ctx.run.store.create(key, body);
    },
  };
  const made = await commit({ ...ctx, run: { ...ctx.run, store } });
  assert.deepEqual(created, [SUMS, COMMIT]);
  assert.deepEqual(await readCommit(ctx.run, 1), made);
  const { selfHash: _, at: __, ...record } = made;
  assert.deepEqual(record, {
    ...{ format: 'verger-commit-1', runIdentity: ctx.run.manifest.identity, partition: 1 },
    ...{ rowsDigest: PARTS.rowsDigest, features: PARTS.featuresFile, sums: PARTS.sumsFile },
    ...{ listed: 2, extracted: 1, quarantined: { E_IMG_DECODE: 1 }, numericClass: 'fake', adopted: false },
    ...{ epoch: 3, attempt: 2, worker: WORKER, timings: { ...timings, readMs: 1.3 } },
  });
});

test('features that were stored before are adopted, and those of another run are counted', async (t) => {
  const ctx = await context(t);
  const made = await commit(ctx, { parts: { ...PARTS, features: undefined }, reused: 1 });
  assert.deepEqual([made.adopted, made.reused], [true, 1]);
});

test('whoever commits the same rows later is given the first commit; other rows are refused', async (t) => {
  const ctx = await context(t);
  const first = await commit(ctx);
  const late = { ...ctx, run: { ...ctx.run, epoch: 4 } };
  const work = { parts: PARTS, listed: 2, reused: 0, timings };
  assert.equal(await commitPartition(late, { partition: 1, attempt: 1 }, work), 'exists');
  const other = { ...PARTS, rowsDigest: 'cd'.repeat(32) };
  await assert.rejects(commit(late, { parts: other }), { code: 'E_PART_CORRUPT', place: { partition: 1 } });
  assert.deepEqual(await readCommit(ctx.run, 1), first);
});

test('sums that are there and others are E_SUMS_CORRUPT, and nothing is committed', async (t) => {
  const ctx = await context(t);
  await ctx.run.store.create(SUMS, Buffer.from('other'));
  const location = `${ctx.run.store.describe()}/${SUMS}`;
  await assert.rejects(commit(ctx), { code: 'E_SUMS_CORRUPT', place: { partition: 1, location } });
  assert.deepEqual(await keysOf(ctx.run.store, 'commits/'), []);
});

const DAMAGE: Readonly<Record<string, Partial<Commit>>> = {
  'is of another run': { runIdentity: '0'.repeat(64) },
  'is of another partition': { partition: 0 },
  'lists another number of images': { listed: 3, extracted: 2 },
  'does not add up': { extracted: 2 },
};

for (const [what, change] of Object.entries(DAMAGE)) {
  test(`a commit that ${what} is E_RUN_CORRUPT`, async (t) => {
    const ctx = await context(t);
    await commit(ctx);
    await spoil(ctx, change);
    const place = { partition: 1, location: `${ctx.run.store.describe()}/${COMMIT}` };
    await assert.rejects(readCommit(ctx.run, 1), { code: 'E_RUN_CORRUPT', place });
  });
}

test('commits are read by partition; where all are needed, the missing one is named', async (t) => {
  const ctx = await context(t);
  assert.equal(await readCommit(ctx.run, 0), undefined);
  assert.equal((await readCommits(ctx.run)).size, 0);
  const second = await commit(ctx);
  assert.deepEqual([...(await readCommits(ctx.run))], [[1, second]]);
  const place = { partition: 0, location: `${ctx.run.store.describe()}/commits/part-00000.json` };
  const inOrder = async () => commitsInOrder(ctx.run, await readCommits(ctx.run));
  await assert.rejects(inOrder(), { code: 'E_RUN_CORRUPT', place });
  const first = await commit(ctx, { partition: 0 });
  assert.deepEqual(await inOrder(), [first, second]);
});
