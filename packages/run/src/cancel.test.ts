import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { cancelFile, epochFile, RUN_FILES, runLayout, type VergerError, withSelfHash } from '@verger/core';
import { faultyStorage, type StorageCall, storageFault } from '@verger/testkit/faulty-storage';
import {
  CLOCK,
  createTestRun,
  FINISH,
  goodImages,
  keysOf,
  openTestEpoch,
  SILENT,
  temporaryFolder,
  WORKER,
} from '@verger/testkit/run-harness';
import { checkUncancelled, markCancelled, markRunCancelled, readCancel, watchCancel } from './cancel.ts';
import { openEpoch } from './epochs.ts';
import { recordFailure } from './failures.ts';
import { recordBytes } from './records.ts';

const WHO = { by: WORKER, at: 'now' };

type Planned = Awaited<ReturnType<typeof createTestRun>>;

const planned = async (t: TestContext): Promise<Planned> =>
  await createTestRun(await temporaryFolder(t), goodImages(2));

/** Opens an epoch that workers do. */
const queued = ({ store }: Planned) =>
  openEpoch(store, { cause: 'run', finish: FINISH, queue: 'redis://x', ...WHO });

async function failForGood({ store, manifest, images }: Planned): Promise<void> {
  const ctx = { run: { store, manifest, images, epoch: 1 }, layout: runLayout(manifest.partDigits) };
  const failed = { attempt: 3, code: 'E_PART_CORRUPT', reason: 'No.', path: null, permanent: true };
  const job = { stage: 'extract', partition: 0 } as const;
  await recordFailure({ ...ctx, worker: WORKER, clock: CLOCK, logger: SILENT }, job, failed);
}

/** What is done to a planned run; its state then; whether a mark is left. */
const STATES: readonly [string, (run: Planned) => Promise<unknown>, string, boolean][] = [
  ['was never submitted', async () => {}, 'planned', false],
  ['is under way', ({ store }) => openTestEpoch(store), 'running', true],
  [
    'has failed for good',
    async (run) => [await openTestEpoch(run.store), await failForGood(run)],
    'failed',
    false,
  ],
  [
    'has failed, and whose workers go on',
    async (run) => [await queued(run), await failForGood(run)],
    'running',
    true,
  ],
  [
    'has an epoch that is damaged',
    async (run) => [
      await openTestEpoch(run.store),
      await failForGood(run),
      await run.store.replace(epochFile(1), Buffer.from('{}')),
    ],
    'running',
    true,
  ],
];

for (const [what, make, before, marked] of STATES) {
  test(`a run that ${what} is ${before}, and is ${marked ? 'marked' : 'left alone'}`, async (t) => {
    const run = await planned(t);
    await make(run);
    const done = await markRunCancelled(run.store, run.manifest, WHO).catch(
      (error: VergerError) => error.code,
    );
    assert.deepEqual(await keysOf(run.store, 'control/'), marked ? [cancelFile(1)] : []);
    if (typeof done === 'string') assert.equal(done, 'E_RUN_CORRUPT');
    else assert.deepEqual([done.before, done.marked], [before, marked]);
  });
}

test('a mark says who cancelled and when, and is not written again', async (t) => {
  const run = await planned(t);
  await openTestEpoch(run.store);
  assert.equal(await readCancel(run.store, 1), undefined);
  const first = await markRunCancelled(run.store, run.manifest, WHO);
  assert.equal(first.status.facts.cancelled, true);
  const mark = await readCancel(run.store, 1);
  assert.deepEqual([mark?.by, mark?.at], [WORKER, 'now']);
  assert.equal(await markCancelled(run.store, 1, { ...WHO, at: 'later' }), false);
  const second = await markRunCancelled(run.store, run.manifest, { ...WHO, at: 'later' });
  assert.deepEqual([second.before, second.marked], ['cancelled', false]);
  assert.deepEqual(await readCancel(run.store, 1), mark);
});

test('an epoch that begins while the run is being cancelled is cancelled, too', async (t) => {
  const run = await planned(t);
  await openTestEpoch(run.store);
  const after = async ({ kind, key }: StorageCall) => {
    if (kind === 'create' && key === cancelFile(1)) await openTestEpoch(run.store);
  };
  const { marked } = await markRunCancelled(faultyStorage(run.store, { after }), run.manifest, WHO);
  assert.equal(marked, true);
  assert.deepEqual(await keysOf(run.store, 'control/'), [cancelFile(1), cancelFile(2)]);
});

const contextOf = (run: Planned, epoch: number, signal = new AbortController().signal) => ({
  ...{ run: { ...run, epoch }, signal, logger: SILENT },
});

test('the mark of an epoch ends it and those before it, never the next one', async (t) => {
  const run = await planned(t);
  await checkUncancelled(contextOf(run, 1));
  await markCancelled(run.store, 2, WHO);
  const error = { code: 'E_RUN_CANCELLED', place: { location: run.store.describe() } };
  for (const epoch of [1, 2]) await assert.rejects(checkUncancelled(contextOf(run, epoch)), error);
  await checkUncancelled(contextOf(run, 3));
  const aborted = AbortSignal.abort(new Error('enough'));
  await assert.rejects(checkUncancelled(contextOf(run, 3, aborted)), /enough/);
});

test('a watch looks again after a look that fails, and aborts once there is a mark', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const run = await planned(t);
  let looks = 0;
  const before = () => {
    looks += 1;
    if (looks === 1) throw storageFault();
  };
  const ctx = contextOf({ ...run, store: faultyStorage(run.store, { before }) }, 1);
  const abort = new AbortController();
  const end = watchCancel(ctx, abort, 50);
  await markCancelled(run.store, 1, WHO);
  t.mock.timers.tick(49);
  assert.equal(looks, 0, 'not yet');
  t.mock.timers.tick(1);
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual([looks, abort.signal.aborted], [1, false]);
  const aborted = once(abort.signal, 'abort');
  t.mock.timers.tick(50);
  end(); // while a look is under way
  await aborted;
  assert.equal((abort.signal.reason as VergerError).code, 'E_RUN_CANCELLED');
  t.mock.timers.tick(500);
  assert.equal(looks, 2, 'an ended watch looks no more');
});

test('a finished run has nothing to cancel', async (t) => {
  const run = await planned(t);
  await openTestEpoch(run.store);
  const counts = { listed: 2, extracted: 2, quarantined: 0, k: 1, files: {}, epoch: 1 };
  const success = { format: 'verger-success-1', verdict: 'ok', ...counts };
  await run.store.create(RUN_FILES.success, recordBytes(withSelfHash(success)));
  const { before, marked } = await markRunCancelled(run.store, run.manifest, WHO);
  assert.deepEqual([before, marked], ['done', false]);
  assert.deepEqual(await keysOf(run.store, 'control/'), []);
});
