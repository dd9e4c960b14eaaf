import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Run, RunEvent } from '@verger/core';
import { recordFailure } from '@verger/run';
import { stageContext } from '@verger/stages';
import { fakeChildren } from '@verger/testkit/fake-children';
import { CLOCK, goodImages, openTestEpoch, SILENT, testRun, WORKER } from '@verger/testkit/run-harness';
import { lookAtRun, nothingSeen } from './run-progress.ts';

test('a store that gives no images is reported once a minute; a single image is not', async (t) => {
  const { manifest, store, images } = await testRun(t, goodImages(2));
  const run: Run = { manifest, store, images, epoch: await openTestEpoch(store) };
  const services = {
    children: fakeChildren(),
    worker: WORKER,
    clock: CLOCK,
    logger: SILENT,
    pause: async () => {},
  };
  const ctx = stageContext(services, { run, signal: new AbortController().signal, emit: () => {} });
  const seen = nothingSeen();
  let attempt = 0;
  const after = async (nowMs: number, code: string): Promise<string[]> => {
    attempt += 1;
    const failed = { attempt, code, reason: 'S3 answered 503.', path: 'x', permanent: false };
    await recordFailure(ctx, { stage: 'extract', partition: 0 }, failed);
    const events: RunEvent[] = [];
    await lookAtRun(run, seen, { emit: (event) => events.push(event), nowMs });
    assert.ok(events.some(({ type }) => type === 'attempt:failed'));
    return events.flatMap((event) => (event.type === 'run:notice' ? [event.text] : []));
  };
  const line = 'partition 0 is retried (E_IMG_READ: S3 answered 503.)';
  assert.deepEqual(await after(0, 'E_IMG_MISSING'), []);
  assert.deepEqual(await after(1000, 'E_IMG_READ'), [line]);
  assert.deepEqual(await after(50_000, 'E_IMG_READ'), []);
  assert.deepEqual(await after(62_000, 'E_IMG_READ'), [line]);
});

test('what earlier epochs have in quarantine is told by code, and so is what is new', async (t) => {
  const run = await testRun(
    t,
    { ...goodImages(2), 'z/1.jpg': '', 'z/2.jpg': '' },
    { extraction: { partitions: 2 } },
  );
  await run.execute({ finish: { maxBad: 1 } });
  const events: RunEvent[] = [];
  await lookAtRun({ ...run, epoch: 1 }, nothingSeen(), { emit: (event) => events.push(event), nowMs: 0 });
  const done = events.filter(({ type }) => type === 'images:done');
  assert.deepEqual(done, [{ type: 'images:done', extracted: 2, quarantined: 2, codes: { E_IMG_EMPTY: 2 } }]);
});
