import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { epochFile, type Storage, type VergerError } from '@verger/core';
import type { JobPayload } from '@verger/queue';
import { markRunCancelled, openEpoch } from '@verger/run';
import { openLocalStorage } from '@verger/storage';
import { faultyStorage, type StorageCall, storageFault } from '@verger/testkit/faulty-storage';
import {
  CLOCK,
  FINISH,
  goodImages,
  openTestEpoch,
  type TestRun,
  temporaryFolder,
  testRun,
  WORKER,
} from '@verger/testkit/run-harness';
import { createOpenRuns, type OpenRun, type OpenRunsOptions } from './open-runs.ts';

/** A submitted run, and what a process opens for its jobs. */
async function opened(t: TestContext, options: Partial<OpenRunsOptions> = {}, own?: TestRun) {
  const run = own ?? (await testRun(t, goodImages(2)));
  const epoch = own === undefined ? await openTestEpoch(run.store) : 1;
  const places: string[] = [];
  const reads: string[] = [];
  let awaited: { call: string; error: Error | undefined; seen: () => void } = {
    ...{ call: '', error: undefined, seen: () => {} },
  };
  /** Resolves at the next call of that kind, which throws the error where one is given. */
  const next = (call: string, error?: Error) =>
    new Promise<void>((seen) => {
      awaited = { call, error, seen };
    });
  const openStorage = (location: string): Storage => {
    places.push(location);
    const before = ({ kind, key }: StorageCall) => {
      reads.push(`${kind} ${key}`);
      if (`${kind} ${key}` !== awaited.call) return;
      awaited.seen();
      if (awaited.error !== undefined) throw awaited.error;
    };
    return faultyStorage(openLocalStorage(location), { before });
  };
  const runs = createOpenRuns(openStorage, { roots: [], images: true, ...options });
  t.after(() => runs.close());
  const { runId } = run.manifest;
  const payload: JobPayload = {
    ...{ protocol: 1, location: run.folder, runId, epoch, kind: 'extract', partition: 0, priority: 'normal' },
  };
  return { run, runs, payload, places, reads, next };
}

const itself = async (open: OpenRun) => open;

test('a run is opened once for all its jobs, with its images and its output folder', async (t) => {
  const { run, runs, payload, reads } = await opened(t);
  const first = await runs.use(payload, itself);
  const [second, third] = await Promise.all(
    [0, 1].map((partition) => runs.use({ ...payload, partition }, itself)),
  );
  assert.equal(second, first);
  assert.equal(third, first);
  assert.deepEqual(first.run.manifest, run.manifest);
  assert.deepEqual([first.run.epoch, first.strict, first.reuse], [1, false, undefined]);
  assert.equal(first.run.images.describe(), run.imagesFolder);
  assert.equal(first.output.describe(), dirname(run.folder));
  assert.equal(reads.filter((read) => read === 'read manifest.json').length, 1);
});

test('what is forgotten is opened again', async (t) => {
  const { runs, payload } = await opened(t);
  const first = await runs.use(payload, itself);
  runs.forget(payload);
  assert.notEqual(await runs.use(payload, itself), first);
});

test('an epoch with --strict holds its workers to one numeric class', async (t) => {
  const { run, runs, payload } = await opened(t);
  const epoch = await openTestEpoch(run.store, { strict: true });
  assert.equal((await runs.use({ ...payload, epoch }, itself)).strict, true);
});

test('a run that cannot be opened is tried again by the next job', async (t) => {
  const { runs, payload } = await opened(t);
  await assert.rejects(runs.use({ ...payload, epoch: 2 }, itself), { code: 'E_RUN_NOT_FOUND' });
  await assert.rejects(runs.use({ ...payload, runId: 'another' }, itself), { code: 'E_RUN_NOT_FOUND' });
  const { run } = await runs.use(payload, itself);
  await openTestEpoch(run.store);
  assert.equal((await runs.use({ ...payload, epoch: 2 }, itself)).run.epoch, 2);
});

test('an empty output folder is a disk that is not mounted; in any other the run is not found', async (t) => {
  const { runs, payload } = await opened(t);
  const output = await temporaryFolder(t);
  const lost = { ...payload, location: join(output, 'run') };
  await assert.rejects(runs.use(lost, itself), { code: 'E_INPUT_MISSING', place: { location: output } });
  await mkdir(join(output, 'other'));
  await assert.rejects(runs.use(lost, itself), {
    code: 'E_RUN_NOT_FOUND',
    place: { location: lost.location },
  });
});

const OVER: readonly [string, string, (run: TestRun) => Promise<unknown>][] = [
  [
    'is cancelled',
    'E_RUN_CANCELLED',
    ({ store, manifest }) => markRunCancelled(store, manifest, { by: WORKER, at: CLOCK.now() }),
  ],
  ['is followed by another', 'E_EPOCH_OVER', ({ store }) => openTestEpoch(store)],
];

for (const [what, code, end] of OVER) {
  test(`an epoch that ${what} gets no job`, async (t) => {
    const { run, runs, payload } = await opened(t);
    await end(run);
    const jobs = [0, 1].map((partition) => runs.use({ ...payload, partition }, itself));
    for (const job of jobs) await assert.rejects(job, { code });
    await assert.rejects(runs.use(payload, itself), { code }, 'also right after that was seen');
  });

  test(`a job that is under way when its epoch ${what} is ended at the next look`, async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const { run, runs, payload } = await opened(t);
    const reason = await runs.use(payload, async ({ signal }) => {
      await end(run);
      const aborted = once(signal, 'abort');
      t.mock.timers.tick(3000);
      await aborted;
      return signal.reason as unknown;
    });
    assert.equal((reason as VergerError).code, code);
    await assert.rejects(runs.use(payload, itself), { code }, 'and so is each that comes after it');
  });
}

test('a run that was made again in the place of one that had ended gets its jobs', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { run, runs, payload } = await opened(t);
  await runs.use(payload, async ({ signal }) => {
    await run.store.remove(epochFile(1));
    const aborted = once(signal, 'abort');
    t.mock.timers.tick(3000);
    await aborted;
  });
  await openTestEpoch(run.store);
  assert.equal((await runs.use(payload, itself)).signal.aborted, false);
});

test('a look that fails ends no job', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const made = await opened(t, {}, undefined);
  await made.runs.use(made.payload, async ({ signal }) => {
    for (let looks = 1; looks <= 2; looks += 1) {
      const looked = made.next('list control/', looks === 1 ? storageFault() : undefined);
      t.mock.timers.tick(3000);
      await looked;
      // The next look is planned once this one has ended.
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.equal(signal.aborted, false);
  });
});

test('a job opens nothing out of the allowed places; images only where they are read', async (t) => {
  const run = await testRun(t, goodImages(2));
  await openTestEpoch(run.store);
  const denied = { code: 'E_LOCATION_DENIED' };
  const nowhere = await opened(t, { roots: ['/nowhere'] }, run);
  await assert.rejects(nowhere.runs.use(nowhere.payload, itself), {
    ...denied,
    place: { location: run.folder },
  });
  assert.deepEqual(nowhere.places, []);
  const roots = [dirname(run.folder)];
  const worker = await opened(t, { roots }, run);
  await assert.rejects(worker.runs.use(worker.payload, itself), {
    ...denied,
    place: { location: run.imagesFolder },
  });
  const reducer = await opened(t, { roots, images: false }, run);
  assert.equal((await reducer.runs.use(reducer.payload, itself)).run.epoch, 1);
});

test('features are taken of another run only while it is the one that was named', async (t) => {
  const source = await testRun(t, goodImages(3));
  const { identity, runId } = source.manifest;
  const named = { location: source.folder, runId, identity, whole: false };
  for (const [reuse, images, taken] of [
    [named, true, true],
    [{ ...named, identity: '0'.repeat(64) }, true, false],
    [named, false, false],
  ] as const) {
    const run = await testRun(t, goodImages(2));
    await openEpoch(run.store, { cause: 'run', finish: FINISH, by: WORKER, at: CLOCK.now(), reuse });
    const { runs, payload } = await opened(t, { images }, run);
    const open = await runs.use(payload, itself);
    assert.equal(open.reuse !== undefined, taken);
    assert.deepEqual(open.run.reuse?.manifest.identity, taken ? identity : undefined);
  }
});

test('of runs that nothing works on, the eight used last are kept', async (t) => {
  const { run, runs, payload, reads } = await opened(t);
  const epochs = [1];
  while (epochs.length < 9) epochs.push(await openTestEpoch(run.store));
  const openedTimes = () => reads.filter((read) => read === 'read manifest.json').length;
  // Only the newest may work; the others were opened, and are told so.
  for (const epoch of epochs) await runs.use({ ...payload, epoch }, itself).catch(() => {});
  assert.equal(openedTimes(), 9);
  await runs.use({ ...payload, epoch: 9 }, itself);
  assert.equal(openedTimes(), 9, 'the last one is kept');
  await runs.use({ ...payload, epoch: 1 }, itself).catch(() => {});
  assert.equal(openedTimes(), 10, 'the first one has gone');
});
