import assert from 'node:assert/strict';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { type Executor, VergerError } from '@verger/core';
import { copiedListing, createRun, openEpoch, planRefit, readEpoch, readSuccess } from '@verger/run';
import { createLogger } from '@verger/runtime';
import { createStorages, openLocalStorage } from '@verger/storage';
import { call } from '@verger/testkit/call';
import { FINISH, goodImages, PCA, type TestRun, testRun, WORKER } from '@verger/testkit/run-harness';
import { resume } from './commands/resume.ts';
import { executeRun } from './execute.ts';

const silent = { columns: 80, live: false, print: () => {}, note: () => {}, confirm: undefined };

test('a run is not resumed with other weights than its own', async (t) => {
  const run = await testRun(t, goodImages(2));
  const { error } = await call(resume, [run.folder]);
  assert.equal(error?.code, 'E_WEIGHTS_OTHER');
  assert.match(error.message, new RegExp(run.manifest.fingerprint.weightsSha256));
});

test('a refit is resumed by this process, although a queue is named', async (t) => {
  const source = await testRun(t, goodImages(6), { extraction: { partitions: 2 } });
  assert.equal((await source.execute()).verdict, 'ok');
  const manifest = planRefit(source.manifest, { pca: { ...PCA, variance: null, components: 1 }, name: null });
  const store = openLocalStorage(join(dirname(source.folder), manifest.runId));
  await createRun(store, manifest, copiedListing(source));
  const { runId, identity } = source.manifest;
  const reuse = { location: source.folder, runId, identity, whole: true };
  await openEpoch(store, { cause: 'run', finish: FINISH, reuse, by: WORKER, at: 'now' });

  // Nobody listens there.
  const flags = { redis: 'redis://127.0.0.1:1', processes: '1' };
  const { code, error, notes } = await call(resume, [store.describe()], { flags });
  assert.deepEqual([code, error], [0, undefined]);
  assert.match(notes, /this process does it, not workers/);
  assert.equal((await readSuccess(store))?.verdict, 'ok');
  assert.equal((await readEpoch(store))?.queue, undefined);
});

test('a run that another submission asks for more while it finishes is E_RUN_REOPENED', async (t) => {
  const run = await testRun(t, goodImages(3));
  await run.execute();
  const executor: Executor = {
    submit: async () => {},
    async *watch() {
      const finish = { ...FINISH, csv: true };
      await openEpoch(run.store, { cause: 'run', finish, by: WORKER, at: new Date().toISOString() });
      yield { type: 'run:done', verdict: 'ok' };
    },
    cancel: async () => {},
    close: async () => {},
  };
  await assert.rejects(execute(run, executor), { code: 'E_RUN_REOPENED' });
});

test('Ctrl-C leaves a run to its workers and says so; one that this process does is interrupted', async (t) => {
  for (const [queue, code] of [
    ['redis://queue', 'E_DETACHED'],
    [undefined, 'E_INTERRUPTED'],
  ] as const) {
    const run = await testRun(t, goodImages(2));
    const abort = new AbortController();
    const executor: Executor = {
      submit: async () => {},
      async *watch() {
        yield { type: 'run:notice', text: 'under way' };
        abort.abort(new Error('Ctrl-C'));
        throw new Error('closed');
      },
      cancel: async () => {},
      close: async () => {},
    };
    await assert.rejects(execute(run, executor, { queue, signal: abort.signal }), { code });
  }
});

test('a run that was begun with --strict stays strict without the flag, and one without it does not become so', async (t) => {
  for (const strict of [true, undefined] as const) {
    const run = await testRun(t, goodImages(2));
    await openEpoch(run.store, { cause: 'run', finish: FINISH, strict, by: WORKER, at: 'now' });
    const executor: Executor = {
      submit: async () => {
        throw new VergerError('E_STORAGE');
      },
      async *watch() {},
      cancel: async () => {},
      close: async () => {},
    };
    await assert.rejects(execute(run, executor, { queue: 'redis://queue' }), { code: 'E_STORAGE' });
    const epoch = await readEpoch(run.store);
    assert.deepEqual([epoch?.epoch, epoch?.strict], [2, strict]);
  }
});

async function execute(
  { store, images, manifest }: TestRun,
  executor: Executor,
  { queue, signal = new AbortController().signal }: { queue?: string | undefined; signal?: AbortSignal } = {},
) {
  const storages = createStorages(async () => assert.fail('there is no S3 here'));
  const logger = createLogger({ level: 'silent', json: false });
  const edges = { env: {}, cwd: '/', json: false, out: silent, logger, storages, signal };
  const input = { args: [], flags: {}, ...edges };
  const how = { cause: 'run', finish: FINISH, remake: [], queue } as const;
  return await executeRun(input, { store, images, manifest, executor, ...how });
}
