import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { stageContext } from '@verger/stages';
import { fakeChildren } from '@verger/testkit/fake-children';
import { faultyStorage } from '@verger/testkit/faulty-storage';
import { CLOCK, goodImages, openTestEpoch, SILENT, testRun, WORKER } from '@verger/testkit/run-harness';
import { FILES_AT_ONCE } from '../../stages/src/context.ts';
import { readFailures, readNewestFailures, recordFailure } from './failures.ts';

test('failures are read several at once, and given the oldest first', async (t) => {
  const run = await testRun(t, goodImages(2));
  const epoch = await openTestEpoch(run.store);
  let ms = Date.parse('2026-01-01T00:00:00.000Z');
  const now = () => {
    ms += 1;
    return new Date(ms).toISOString();
  };
  const clock = { ...CLOCK, now };
  const services = { children: fakeChildren(), worker: WORKER, clock, logger: SILENT, pause: async () => {} };
  const signal = new AbortController().signal;
  const ctx = stageContext(services, { run: { ...run, epoch }, signal, emit: () => {} });
  const failed = { attempt: 1, code: 'E_STORAGE', reason: 'away', path: null, permanent: false } as const;
  const order = Array.from({ length: 3 * FILES_AT_ONCE }, (_, index) => (index * 7) % (3 * FILES_AT_ONCE));
  for (const partition of order) await recordFailure(ctx, { stage: 'extract', partition }, failed);

  let reading = 0;
  let most = 0;
  const store = faultyStorage(run.store, {
    before: async ({ kind }) => {
      if (kind !== 'read') return;
      reading += 1;
      most = Math.max(most, reading);
      await setImmediate();
      reading -= 1;
    },
  });
  const failures = await readFailures(store, epoch);
  assert.deepEqual(
    failures.map(({ partition }) => partition),
    order,
  );
  assert.equal(most, FILES_AT_ONCE);
});

test('the newest failures are those of the highest epochs and attempts, as numbers', async (t) => {
  const run = await testRun(t, goodImages(2));
  const services = { children: fakeChildren(), worker: WORKER, clock: CLOCK, logger: SILENT };
  const signal = new AbortController().signal;
  const failed = { code: 'E_STORAGE', reason: 'away', path: null, permanent: false } as const;
  const times = [
    [9999, 100],
    [10_000, 99],
    [10_000, 100],
    [9999, 99],
  ] as const;
  for (const [epoch, attempt] of times) {
    const own = { run: { ...run, epoch }, signal, emit: () => {} };
    const ctx = stageContext({ ...services, pause: async () => {} }, own);
    await recordFailure(ctx, { stage: 'extract', partition: 0 }, { ...failed, attempt });
  }
  const { failures, leftOut } = await readNewestFailures(run.store, 3);
  assert.deepEqual(
    failures.map(({ epoch, attempt }) => [epoch, attempt]),
    [
      [10_000, 100],
      [10_000, 99],
      [9999, 100],
    ],
  );
  assert.equal(leftOut, 1);
});
