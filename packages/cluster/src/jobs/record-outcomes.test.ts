import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { ERRORS, type Run, VergerError } from '@verger/core';
import type { TakenJob } from '@verger/queue';
import { readFailures } from '@verger/run';
import { MAX_ATTEMPTS, stageContext } from '@verger/stages';
import { fakeChildren } from '@verger/testkit/fake-children';
import { CLOCK, goodImages, SILENT, testRun, WORKER } from '@verger/testkit/run-harness';
import { MachineFaults } from '../service/machine-faults.ts';
import { outcomeBeforeOpen, outcomeOfFailure, parseReason } from './record-outcomes.ts';

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

const others = (there: boolean, rests: number[] = []) =>
  new MachineFaults({
    ...{ clock: CLOCK, logger: SILENT, rest: (ms: number) => rests.push(ms), giveUp: () => {} },
    others: async () => there,
  });

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

test('an outage uses no attempt and leaves no record, as long as it ends', async (t) => {
  const ctx = await context(t);
  const own = others(true);
  const error = new VergerError('E_STORAGE');
  const first = await outcomeOfFailure(error, { ctx, job, taken: taken(), attempt: 1, own });
  assert.ok('again' in first && first.again >= 500 && first.again <= 1000, JSON.stringify(first));
  for (let times = 2; times < 30; times += 1) {
    assert.ok('again' in (await outcomeOfFailure(error, { ctx, job, taken: taken(), attempt: 1, own })));
  }
  assert.deepEqual(await readFailures(ctx.run.store, 1), []);
  const late = await outcomeOfFailure(error, { ctx, job, taken: taken(), attempt: 1, own });
  assert.ok('again' in late);
  assert.equal((await readFailures(ctx.run.store, 1)).length, 1);
});

test('a failed attempt is recorded; the last one and what cannot heal are final', async (t) => {
  const ctx = await context(t);
  const own = others(true);
  const missing = new VergerError('E_IMG_MISSING', { path: 'a/0.jpg' });
  assert.ok('again' in (await outcomeOfFailure(missing, { ctx, job, taken: taken(), attempt: 1, own })));
  const last = await outcomeOfFailure(missing, { ctx, job, taken: taken(), attempt: MAX_ATTEMPTS, own });
  assert.match('failed' in last ? last.failed : '', /^E_IMG_MISSING: /);
  const corrupt = await outcomeOfFailure(new VergerError('E_PART_CORRUPT'), {
    ctx,
    job,
    taken: taken(),
    attempt: 1,
    own,
  });
  assert.match('failed' in corrupt ? corrupt.failed : '', /^E_PART_CORRUPT: /);
  const permanent = (await readFailures(ctx.run.store, 1)).map((failure) => failure.permanent);
  assert.deepEqual(permanent.sort(), [false, true, true]);
});

test('a try that was ended from outside is no failure', async (t) => {
  const ctx = await context(t);
  const given = await outcomeOfFailure(new Error('aborted'), {
    ctx,
    job,
    taken: taken({ aborted: true }),
    attempt: 1,
    own: others(true),
  });
  assert.deepEqual(given, { again: 0, reason: 'given back' });
  const over = await outcomeOfFailure(new VergerError('E_EPOCH_OVER'), {
    ctx,
    job,
    taken: taken(),
    attempt: 1,
    own: others(true),
  });
  assert.deepEqual(over, { done: true, note: 'E_EPOCH_OVER' });
  assert.deepEqual(await readFailures(ctx.run.store, 1), []);
});

test('before the run is open, what may heal is never a failure', async () => {
  const own = others(true);
  for (let times = 0; times < 100; times += 1) {
    const outcome = await outcomeBeforeOpen(new VergerError('E_STORAGE'), taken({ started: 1000 }), own);
    assert.ok('again' in outcome);
  }
  const corrupt = await outcomeBeforeOpen(new VergerError('E_RUN_CORRUPT'), taken(), own);
  assert.match('failed' in corrupt ? corrupt.failed : '', /^E_RUN_CORRUPT: /);
});

for (const code of ['E_CHILD_START', 'E_LOCATION_DENIED', 'E_S3_CREDENTIALS', 'E_INPUT_MISSING'] as const) {
  test(`${code} may be the machine's fault: others get the job, the process rests longer`, async (t) => {
    const ctx = await context(t);
    const rests: number[] = [];
    const own = others(true, rests);
    for (let times = 0; times < 4; times += 1) {
      const outcome = await outcomeOfFailure(new VergerError(code), {
        ...{ ctx, job, taken: taken(), attempt: 1, own },
      });
      assert.ok('again' in outcome, JSON.stringify(outcome));
    }
    assert.deepEqual(rests, [1000, 2000, 4000, 8000]);
    assert.equal(own.trouble?.code, code);
    const { location } = taken().payload;
    assert.equal(own.troubleRun, code === 'E_LOCATION_DENIED' ? location : undefined, 'whose it is');
    assert.deepEqual(await readFailures(ctx.run.store, 1), [], 'no attempt was used');
    own.succeeded();
    assert.equal(own.trouble, undefined);
  });
}

test('expired credentials use no attempt; the machine is not ready, and ends in ten minutes', async (t) => {
  const ctx = await context(t);
  const expired = new VergerError('E_S3_EXPIRED');
  for (const there of [true, false]) {
    let nowMs = 0;
    const rests: number[] = [];
    const ends: VergerError[] = [];
    const clock = { ...CLOCK, monotonicMs: () => nowMs };
    const rest = (ms: number) => {
      rests.push(ms);
      nowMs += ms;
    };
    const giveUp = (error: VergerError) => void ends.push(error);
    const own = new MachineFaults({ clock, logger: SILENT, rest, giveUp, others: async () => there });
    const tried = { ctx, job, taken: taken(), attempt: 1, own };
    while (nowMs < 9 * 60_000) {
      const turn = rests.length % 2 === 0;
      const outcome = turn
        ? await outcomeOfFailure(expired, tried)
        : await outcomeBeforeOpen(expired, taken(), own);
      assert.ok('again' in outcome && outcome.reason.startsWith('E_S3_EXPIRED'), JSON.stringify(outcome));
      assert.equal(own.trouble, expired);
    }
    assert.deepEqual(rests.slice(0, 7), [1000, 2000, 4000, 8000, 16_000, 32_000, 60_000]);
    assert.deepEqual(ends, [], 'not before ten minutes have passed');
    for (let more = 0; more < 3; more += 1) await outcomeOfFailure(expired, tried);
    assert.equal(ends[0], expired);
    assert.deepEqual(await readFailures(ctx.run.store, 1), []);
    own.succeeded();
    assert.equal(own.trouble, undefined);
  }
});

test('a machine that cannot reach S3 is not ready, and goes on', async () => {
  const own = others(true);
  const away = new VergerError('E_S3_UNREACHABLE');
  assert.ok('again' in (await outcomeBeforeOpen(away, taken(), own)));
  assert.equal(own.trouble, away);
});

test('without other processes a fault is the run’s after three times, then at once', async () => {
  const own = others(false);
  const denied = new VergerError('E_LOCATION_DENIED');
  assert.ok('again' in (await outcomeBeforeOpen(denied, taken(), own)));
  assert.ok('again' in (await outcomeBeforeOpen(denied, taken(), own)));
  assert.ok('failed' in (await outcomeBeforeOpen(denied, taken(), own)));
  assert.ok('failed' in (await outcomeBeforeOpen(denied, { ...taken(), id: 'y' }, own)));
});

test('a reason is a code and a sentence; what the queue itself wrote is E_JOB_LOST', () => {
  assert.deepEqual(parseReason('E_RUN_FAILED: two\nlines'), { code: 'E_RUN_FAILED', text: 'two\nlines' });
  for (const code of Object.keys(ERRORS)) assert.deepEqual(parseReason(`${code}: x`), { code, text: 'x' });
  assert.deepEqual(parseReason('job stalled'), { code: 'E_JOB_LOST', text: 'job stalled' });
});
