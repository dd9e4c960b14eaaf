import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Executor, VergerError } from '@verger/core';
import { openEpoch, readEpoch } from '@verger/run';
import { createLogger } from '@verger/runtime';
import { createStorages } from '@verger/storage';
import { faultyStorage, type StorageCall } from '@verger/testkit/faulty-storage';
import {
  FINISH,
  goodImages,
  openTestEpoch,
  type TestRun,
  testRun,
  WORKER,
} from '@verger/testkit/run-harness';
import { openEpochAndFollow } from './follow-run.ts';

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

test('a run that is finished keeps no empty folder of temporary files', async (t) => {
  const run = await testRun(t, goodImages(3));
  await run.execute();
  const executor: Executor = {
    submit: async () => assert.ok(existsSync(join(run.folder, '.tmp'))),
    async *watch() {},
    cancel: async () => {},
    close: async () => {},
  };
  await execute(run, executor);
  assert.equal(existsSync(join(run.folder, '.tmp')), false);
});

test('Ctrl-C leaves a run to its workers and says so; a local one is interrupted', async (t) => {
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

/** Ends what is executed once its epoch is open. */
const refusing: Executor = {
  submit: async () => {
    throw new VergerError('E_STORAGE');
  },
  async *watch() {},
  cancel: async () => {},
  close: async () => {},
};

test('the newest epoch is read once before the next one is opened', async (t) => {
  const run = await testRun(t, goodImages(2));
  await openTestEpoch(run.store);
  const reads: string[] = [];
  const before = ({ kind, key }: StorageCall) => {
    if (key.startsWith('epochs/')) reads.push(`${kind} ${key}`);
  };
  const store = faultyStorage(run.store, { before });
  await assert.rejects(execute({ ...run, store }, refusing), { code: 'E_STORAGE' });
  const looks = ['list epochs/', 'read epochs/0001.json'];
  assert.deepEqual(reads, [...looks, 'list epochs/', 'create epochs/0002.json']);
});

test('a run stays as strict as it was begun, whatever flag a resume has', async (t) => {
  for (const strict of [true, undefined] as const) {
    const run = await testRun(t, goodImages(2));
    await openEpoch(run.store, { cause: 'run', finish: FINISH, strict, by: WORKER, at: 'now' });
    await assert.rejects(execute(run, refusing, { queue: 'redis://queue' }), { code: 'E_STORAGE' });
    const epoch = await readEpoch(run.store);
    assert.deepEqual([epoch?.epoch, epoch?.strict], [2, strict]);
  }
});

async function execute(
  { store, images, manifest }: TestRun,
  executor: Executor,
  more: { queue?: string | undefined; signal?: AbortSignal; deadline?: string | null } = {},
) {
  const { queue, signal = new AbortController().signal, deadline } = more;
  const storages = createStorages(async () => assert.fail('there is no S3 here'));
  const logger = createLogger({ level: 'silent', json: false });
  const driver = { storages, logger, signal, emit: () => {} };
  const open = { queue, ready: async () => executor, close: async () => {} };
  const submission = { store, images, manifest, cause: 'run', finish: FINISH, remake: [], deadline } as const;
  return await openEpochAndFollow(driver, open, submission);
}

test('a run that no queue has is not left to workers', async (t) => {
  const { store, images, manifest } = await testRun(t, goodImages(2));
  const storages = createStorages(async () => assert.fail('there is no S3 here'));
  const logger = createLogger({ level: 'silent', json: false });
  const driver = { storages, logger, signal: new AbortController().signal, emit: () => {} };
  const open = { ready: async () => assert.fail('nothing is begun'), close: async () => {} };
  const submission = { store, images, manifest, cause: 'run', finish: FINISH, remake: [] } as const;
  await assert.rejects(openEpochAndFollow(driver, open, submission, { detach: true }), /Only workers/);
  assert.equal(await readEpoch(store), undefined);
});

test('a deadline is in the epoch, and is kept until it has passed', async (t) => {
  const run = await testRun(t, goodImages(2));
  const queue = 'redis://queue';
  const opened = async (deadline: string | null) => {
    await execute(run, refusing, { queue, deadline }).catch(() => {});
    return (await readEpoch(run.store))?.deadline;
  };
  const nowMs = Date.now();
  const first = await opened('30m');
  assert.ok(Math.abs(Date.parse(first ?? '') - nowMs - 30 * 60_000) < 60_000, first);
  assert.equal(await opened(null), first, 'the next epoch keeps it');
  await openEpoch(run.store, {
    ...{ cause: 'run', finish: FINISH, by: WORKER, at: new Date().toISOString(), queue },
    deadline: '2020-01-01T00:00:00.000Z',
  });
  assert.equal(await opened(null), undefined, 'it has passed');
});
