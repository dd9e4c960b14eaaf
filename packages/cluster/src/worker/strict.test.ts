import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Run, VergerError } from '@verger/core';
import { goodImages, SILENT, testRun, WORKER } from '@verger/testkit/run-harness';
import { MachineFaults } from '../service/machine-faults.ts';
import { startWatchdog } from '../service/stuck-worker.ts';
import { admitOfClass } from './strict.ts';

test('the first numeric class is the run’s; a worker of another gives up in ten minutes', async (t) => {
  const { manifest, store, images } = await testRun(t, goodImages(2));
  const run: Run = { manifest, store, images, epoch: 1 };
  let nowMs = 0;
  const clock = { monotonicMs: () => nowMs, now: () => '2026-01-01T00:00:00Z' };
  const given: VergerError[] = [];
  const own = new MachineFaults({
    ...{ clock, logger: SILENT, rest: () => {}, others: async () => true },
    giveUp: (error) => given.push(error),
  });
  const admit = () => admitOfClass({ worker: WORKER, clock, logger: SILENT }, own);
  const of = (numericClass: string) => ({ numericClass });
  const first = admit();
  assert.equal(await first({ run }, of('one')), undefined);
  assert.equal(await first({ run }, of('one')), undefined);
  const second = admit();
  const kept = await second({ run }, of('other'));
  assert.match(kept !== undefined && 'again' in kept ? kept.reason : '', /^E_CLASS_OTHER: .*one.*other/);
  assert.deepEqual(given, []);
  nowMs = 9 * 60_000;
  own.succeeded(); // it did something of another run
  for (nowMs = 15 * 60_000; nowMs <= 25 * 60_000; nowMs += 60_000) await second({ run }, of('other'));
  assert.deepEqual(given, []);
  await second({ run }, of('other'));
  assert.deepEqual(
    given.map(({ code }) => code),
    ['E_CLASS_OTHER'],
  );
});

test('a process without a job although jobs wait is E_WORKER_STUCK; others are not', async () => {
  const counts = { waiting: 1, active: 0, delayed: 0, failed: 0 };
  const none = { ...counts, waiting: 0 };
  const clock = { monotonicMs: () => performance.now(), now: () => '' };
  const ended = async (consumer: { active: number; connected: boolean }, waiting: boolean) =>
    await new Promise<VergerError | undefined>((resolve) => {
      const queue = {
        counts: async () => ({ extract: waiting ? counts : none, project: none, reduce: none }),
      };
      const stop = startWatchdog(
        {
          queue,
          consumer: { lastTakenMs: 0, ...consumer },
          kinds: 'work',
          clock,
          logger: SILENT,
          limitMs: 50,
        },
        (error) => done(error),
      );
      const timer = setTimeout(() => done(undefined), 400);
      const done = (error: VergerError | undefined) => {
        stop();
        clearTimeout(timer);
        resolve(error);
      };
    });
  assert.equal((await ended({ active: 0, connected: true }, true))?.code, 'E_WORKER_STUCK');
  assert.equal(await ended({ active: 1, connected: true }, true), undefined);
  assert.equal(await ended({ active: 0, connected: false }, true), undefined);
  assert.equal(await ended({ active: 0, connected: true }, false), undefined);
});
