import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type Run, VergerError } from '@verger/core';
import { MAX_ATTEMPTS, readFailures, stageContext } from '@verger/pipeline';
import type { TakenJob } from '@verger/queue';
import { fakeChildren } from '../../pipeline/src/testing/fake-children.ts';
import { CLOCK, goodImages, SILENT, testRun, WORKER } from '../../pipeline/src/testing/harness.ts';
import { parseReason, settleFailed, settleUnopened } from './settle.ts';

const job = { stage: 'extract', partition: 0 } as const;

function taken({ started = 1, aborted = false } = {}): TakenJob {
  const payload = {
    protocol: 1,
    location: '/r',
    runId: 'r',
    epoch: 1,
    kind: 'extract',
    partition: 0,
  } as const;
  const signal = aborted ? AbortSignal.abort(new Error('lock lost')) : new AbortController().signal;
  return { id: 'x', payload: { ...payload, priority: 'normal' }, started, signal };
}

async function context(t: TestContext) {
  const { manifest, store, images } = await testRun(t, goodImages(2));
  const run: Run = { manifest, store, images, epoch: 1 };
  const services = {
    children: fakeChildren(),
    worker: WORKER,
    clock: CLOCK,
    logger: SILENT,
    pause: async () => {},
  };
  return stageContext(services, { run, signal: new AbortController().signal, emit: () => {} });
}

test('what the surroundings did uses no attempt and leaves no record, as long as it is not for ever', async (t) => {
  const ctx = await context(t);
  const error = new VergerError('E_STORAGE');
  const first = await settleFailed(error, { ctx, job, taken: taken(), attempt: 1 });
  assert.ok('again' in first && first.again >= 500 && first.again <= 1000, JSON.stringify(first));
  assert.deepEqual(await readFailures(ctx.run.store, 1), []);
  const late = await settleFailed(error, { ctx, job, taken: taken({ started: 30 }), attempt: 1 });
  assert.ok('again' in late);
  assert.equal((await readFailures(ctx.run.store, 1)).length, 1);
});

test('a failed attempt is recorded; the last one and what cannot heal are final', async (t) => {
  const ctx = await context(t);
  const missing = new VergerError('E_IMG_MISSING', { path: 'a/0.jpg' });
  assert.ok('again' in (await settleFailed(missing, { ctx, job, taken: taken(), attempt: 1 })));
  const last = await settleFailed(missing, { ctx, job, taken: taken(), attempt: MAX_ATTEMPTS });
  assert.match('failed' in last ? last.failed : '', /^E_IMG_MISSING: /);
  const corrupt = await settleFailed(new VergerError('E_PART_CORRUPT'), {
    ctx,
    job,
    taken: taken(),
    attempt: 1,
  });
  assert.match('failed' in corrupt ? corrupt.failed : '', /^E_PART_CORRUPT: /);
  const permanent = (await readFailures(ctx.run.store, 1)).map((failure) => failure.permanent);
  assert.deepEqual(permanent.sort(), [false, true, true]);
});

test('a try that was ended from outside is no failure', async (t) => {
  const ctx = await context(t);
  const given = await settleFailed(new Error('aborted'), {
    ctx,
    job,
    taken: taken({ aborted: true }),
    attempt: 1,
  });
  assert.deepEqual(given, { again: 0, reason: 'given back' });
  const over = await settleFailed(new VergerError('E_EPOCH_OVER'), { ctx, job, taken: taken(), attempt: 1 });
  assert.deepEqual(over, { done: true, note: 'E_EPOCH_OVER' });
  assert.deepEqual(await readFailures(ctx.run.store, 1), []);
});

test('before the run is open, what cannot heal fails, and the fault of a machine is left to another one', () => {
  const denied = settleUnopened(new VergerError('E_LOCATION_DENIED'), taken());
  assert.match('failed' in denied ? denied.failed : '', /^E_LOCATION_DENIED: /);
  assert.ok('again' in settleUnopened(new VergerError('E_CHILD_START'), taken()));
  assert.ok('failed' in settleUnopened(new VergerError('E_CHILD_START'), taken({ started: 30 })));
});

test('a reason is a code and a sentence; what the queue itself wrote is E_JOB_LOST', () => {
  assert.deepEqual(parseReason('E_RUN_FAILED: two\nlines'), { code: 'E_RUN_FAILED', text: 'two\nlines' });
  assert.deepEqual(parseReason('job stalled'), { code: 'E_JOB_LOST', text: 'job stalled' });
});
