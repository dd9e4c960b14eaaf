import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Budget, type FinishOptions, RUN_FILES, type Storage } from '@verger/core';
import type { JobPayload, JobQueue, JobState, Outcome, RunRef, TakenJob } from '@verger/queue';
import { readEmbedded } from '@verger/report';
import { markRunCancelled, readCommit, readFailures } from '@verger/run';
import {
  extractPartition,
  newPartition,
  projectPartition,
  readModel,
  type StageContext,
  stageContext,
} from '@verger/stages';
import { testServices } from '@verger/testkit/examined';
import { fakeChildren } from '@verger/testkit/fake-children';
import { faultyStorage, storageFault } from '@verger/testkit/faulty-storage';
import {
  bytesOf,
  CLOCK,
  goodImages,
  keysOf,
  openTestEpoch,
  SILENT,
  type TestRun,
  testRun,
  WORKER,
} from '@verger/testkit/run-harness';
import { MachineFaults } from '../service/machine-faults.ts';
import { advanceJob } from './advance-job.ts';

const PARTITIONS = [0, 1];

/** A reducer of one run, whose queue answers as it is told. */
interface Reducer {
  readonly run: TestRun;
  readonly ctx: StageContext;
  /** What was submitted: stage and partitions. */
  readonly submitted: string[];
  /** States of the jobs of partitions; asked for, `meanwhile` is done first. */
  jobs: { state: JobState; reason?: string; meanwhile?: () => Promise<unknown> };
  handle(payload?: Partial<JobPayload>): Promise<Outcome>;
}

async function reducer(t: TestContext, options: Options = {}): Promise<Reducer> {
  const { finish = {}, roots = [], spoilt, images } = options;
  const run = await testRun(t, goodImages(4), { extraction: { partitions: 2 } });
  const epoch = await openTestEpoch(run.store, { finish });
  const services = testServices(fakeChildren());
  const spoiltRun = {
    ...run,
    store: spoilt?.(run.store) ?? run.store,
    images: images?.(run.images) ?? run.images,
    epoch,
  };
  const own = { run: spoiltRun, emit: () => {} };
  const { signal } = new AbortController();
  const ctx = stageContext(services, { ...own, signal });
  const submitted: string[] = [];
  const made: Reducer = { run, ctx, submitted, jobs: { state: 'absent' }, handle };
  const queue = {
    submit: async (_: RunRef, stage: string, partitions: readonly number[]) =>
      void submitted.push(`${stage} ${partitions.join(' ')}`),
    states: async (_: RunRef, __: string, partitions: readonly number[]) => {
      await made.jobs.meanwhile?.();
      return new Map(partitions.map((partition) => [partition, made.jobs.state]));
    },
    failedReason: async () => made.jobs.reason,
  } as unknown as JobQueue;
  const faults = new MachineFaults({
    ...{ clock: CLOCK, logger: SILENT, rest: () => {}, giveUp: () => {} },
    others: async () => true,
  });
  const open = { ...own, strict: false, output: run.store, signal, reuse: undefined, model: undefined };
  const ready = { children: services.children, numericClass: '', discard: () => {} };
  const job = advanceJob({
    ...{ worker: WORKER, clock: CLOCK, logger: SILENT, emit: () => {}, queue, roots, own: faults },
    ...{ imageBytes: new Budget(1e9), turn: new Budget(1) },
    runs: { use: (_, body) => body(open), forget: () => {}, close: () => {} },
    pools: { use: (_, body) => body(ready), loads: 0, close: async () => {} },
  });
  async function handle(payload: Partial<JobPayload> = {}): Promise<Outcome> {
    const { runId } = run.manifest;
    const whole = { protocol: 1, location: run.store.describe(), runId, epoch, priority: 'normal' } as const;
    const taken: TakenJob = {
      ...{ id: 'x', started: 1, signal },
      payload: { ...whole, kind: 'reduce', partition: null, ...payload } as JobPayload,
    };
    return await job(taken);
  }
  return made;
}

interface Options {
  readonly finish?: Partial<FinishOptions>;
  readonly roots?: readonly string[];
  readonly spoilt?: (store: Storage) => Storage;
  /** In place of the run's own. */
  readonly images?: (own: Storage) => Storage;
}

async function extract({ ctx }: Reducer, partitions = PARTITIONS): Promise<void> {
  for (const partition of partitions) {
    await extractPartition(ctx, { ...newPartition(0), partition, attempt: 1, last: false });
  }
}

async function project({ ctx }: Reducer): Promise<void> {
  const model = await readModel(ctx);
  for (const partition of PARTITIONS) {
    await projectPartition(ctx, (await readCommit(ctx.run, partition))!, model);
  }
}

const failed = (outcome: Outcome) => ('failed' in outcome ? outcome.failed.split(':')[0] : outcome);

test('a run goes from extract to its end, and hands its partitions over between', async (t) => {
  const made = await reducer(t);
  assert.deepEqual(await made.handle(), { waitForChildren: true });
  assert.deepEqual(made.submitted.splice(0), ['extract 0 1'], 'what never was in the queue is added');
  made.jobs.state = 'active';
  assert.deepEqual(await made.handle(), { waitForChildren: true });
  assert.deepEqual(made.submitted, [], 'what is under way is waited for');

  await extract(made);
  made.jobs.state = 'absent';
  assert.deepEqual(await made.handle(), { done: true });
  assert.deepEqual(made.submitted.splice(0), ['project 0 1']);
  assert.deepEqual(await keysOf(made.run.store, 'pca/'), [RUN_FILES.labels, RUN_FILES.model]);
  made.jobs.state = 'waiting';
  assert.deepEqual(await made.handle(), { done: true });
  assert.deepEqual(made.submitted.splice(0), ['project '], 'the lead of the projections is added alone');
  assert.deepEqual(await made.handle({ kind: 'finish' }), { waitForChildren: true });

  await project(made);
  assert.deepEqual(await made.handle({ kind: 'finish' }), { done: true });
  assert.deepEqual(await keysOf(made.run.store, RUN_FILES.success), [RUN_FILES.success]);
  assert.equal(existsSync(join(made.run.folder, '.tmp')), false, 'an empty folder is not kept');
  assert.deepEqual(await made.handle(), { done: true }, 'a finished run has nothing to do');
  assert.deepEqual(made.submitted, []);
});

test('only partitions whose jobs are absent are added', async (t) => {
  const made = await reducer(t);
  await extract(made, [0]);
  assert.deepEqual(await made.handle(), { waitForChildren: true });
  assert.deepEqual(made.submitted, ['extract 1']);
});

test('partitions whose jobs have failed fail the run, and each leaves a record', async (t) => {
  const made = await reducer(t);
  made.jobs = { state: 'failed', reason: 'E_JOB_LOST: job stalled more than allowable limit' };
  assert.equal(failed(await made.handle()), 'E_RUN_FAILED');
  const records = await readFailures(made.run.store, 1);
  assert.deepEqual(
    records.map(({ code, partition, permanent }) => `${code} ${partition} ${permanent}`).sort(),
    ['E_JOB_LOST 0 true', 'E_JOB_LOST 1 true'],
  );
  assert.equal(failed(await made.handle()), 'E_RUN_FAILED');
  assert.equal((await readFailures(made.run.store, 1)).length, 2, 'none is recorded twice');
});

test('partitions that are done while the queue is asked are looked at again', async (t) => {
  const made = await reducer(t);
  made.jobs = { state: 'completed', meanwhile: () => extract(made) };
  const outcome = await made.handle();
  assert.equal('again' in outcome && outcome.again, 0);
  assert.deepEqual(await readFailures(made.run.store, 1), []);
});

const OVER: Readonly<Record<string, (run: TestRun) => Promise<unknown>>> = {
  'is cancelled': ({ store, manifest }) => markRunCancelled(store, manifest, { by: WORKER, at: CLOCK.now() }),
  'has a newer epoch': ({ store }) => openTestEpoch(store),
};

for (const [what, end] of Object.entries(OVER)) {
  test(`a run that ${what} while its jobs end has not failed`, async (t) => {
    const made = await reducer(t);
    made.jobs = { state: 'completed', meanwhile: () => end(made.run) };
    const outcome = await made.handle();
    assert.ok('done' in outcome, JSON.stringify(outcome));
    assert.deepEqual(await readFailures(made.run.store, 1), []);
  });
}

test('a reducer does no job of a partition', async (t) => {
  const made = await reducer(t);
  assert.equal(failed(await made.handle({ kind: 'extract', partition: 0 })), 'E_JOB_PAYLOAD');
  assert.deepEqual(made.submitted, []);
});

test('a storage that fails in reduce is waited for; sums that are damaged fail the run', async (t) => {
  let broken = false;
  const spoilt = (store: Storage) =>
    faultyStorage(store, {
      before: ({ kind, key }) => {
        if (broken && kind === 'create' && key === RUN_FILES.model) throw storageFault();
      },
    });
  const made = await reducer(t, { spoilt });
  await extract(made);
  broken = true;
  assert.ok('again' in (await made.handle()));
  assert.deepEqual(await readFailures(made.run.store, 1), [], 'no attempt is used');
  await made.run.store.remove(RUN_FILES.labels);
  await made.run.store.replace('sums/part-00001.sums', Buffer.of(1));
  assert.equal(failed(await made.handle()), 'E_SUMS_CORRUPT');
  const [record] = await readFailures(made.run.store, 1);
  assert.deepEqual([record?.kind, record?.code, record?.permanent], ['reduce', 'E_SUMS_CORRUPT', true]);
});

test('images are read for a CSV only below the allowed places', async (t) => {
  const denied = await reducer(t, { finish: { csv: true, withImages: true }, roots: ['/nowhere'] });
  await extract(denied);
  await denied.handle();
  await project(denied);
  const outcome = await denied.handle({ kind: 'finish' });
  assert.ok(!('done' in outcome), JSON.stringify(outcome));
  assert.deepEqual(await keysOf(denied.run.store, RUN_FILES.csv), []);

  const plain = await reducer(t, { finish: { csv: true }, roots: ['/nowhere'] });
  await extract(plain);
  await plain.handle();
  await project(plain);
  assert.deepEqual(await plain.handle({ kind: 'finish' }), { done: true });
  assert.deepEqual(await keysOf(plain.run.store, RUN_FILES.csv), [RUN_FILES.csv]);
});

test('a page has no pictures where a reducer may not read the images, and no byte of them is read', async (t) => {
  const looks: string[] = [];
  let isWatched = false;
  const images = (own: Storage) =>
    faultyStorage(own, {
      before: ({ kind, key }) => {
        if (isWatched) looks.push(`${kind} ${key}`);
      },
    });
  const made = await reducer(t, { roots: ['/nowhere'], images });
  await extract(made);
  isWatched = true;
  await made.handle();
  await project(made);
  assert.deepEqual(await made.handle({ kind: 'finish' }), { done: true });
  assert.deepEqual(looks, []);
  const text = Buffer.from(await bytesOf(made.run.store, RUN_FILES.htmlReport)).toString('utf8');
  const { facts, points } = await readEmbedded(/id="data">([^<]*)</.exec(text)?.[1] ?? '');
  assert.match(facts.noPictures ?? '', /in none of the allowed places: \/nowhere/);
  assert.equal(points?.count, 4);
});
