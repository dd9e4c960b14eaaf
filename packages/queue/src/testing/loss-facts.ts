import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RUN, type Site, until, withBench } from '@verger/testkit/queue-harness';
import { Redis } from 'ioredis';
import { QUEUES } from '../names.ts';
import { jobId, PROTOCOL } from '../payload.ts';
import { payloadOf } from '../submit.ts';
import type { TakenJob } from '../types.ts';

const DONE = { done: true } as const;

/** Waits for a job's signal; gives its reason. */
const aborted = ({ signal }: TakenJob) =>
  new Promise<Error>((resolve) => {
    if (signal.aborted) resolve(signal.reason);
    signal.addEventListener('abort', () => resolve(signal.reason), { once: true });
  });

/** Facts of lost locks, lost processes and ending ones, on any server. */
export function lossFacts(site: () => Site): void {
  test(
    'who loses the lock of a job is told, and the job is taken again',
    withBench(site, async ({ prefix, queue, worker }) => {
      const owner = new Redis(site().url('owner'));
      await queue.submit(RUN, 'extract', [0]);
      const reasons: string[] = [];
      let under = 0;
      await worker(async (job) => {
        under += 1;
        if (job.started > 1) return DONE;
        reasons.push((await aborted(job)).name);
        return DONE;
      });
      await until('it is under way', () => under === 1);
      const key = `${prefix}:${QUEUES.extract}:${jobId(payloadOf(RUN, 'extract', 0))}`;
      await owner.del(`${key}:lock`);
      await until('it is told', () => reasons.length === 1);
      assert.deepEqual(reasons, ['LockLost']);
      const state = async () => (await queue.states(RUN, 'extract', [0])).get(0);
      await until('another has done it', async () => (await state()) === 'completed');
      assert.equal(under, 2);
      owner.disconnect();
    }),
  );

  test(
    'after a flush the job under way is told, and the same consumers do the epoch that is submitted next',
    withBench(site, async ({ queue, worker, reducer }) => {
      const owner = new Redis(site().url('owner'));
      await queue.submit(RUN, 'extract', [0]);
      const reasons: string[] = [];
      let under = 0;
      await worker(async (job) => {
        under += 1;
        if (job.payload.epoch === 1) reasons.push((await aborted(job)).name);
        return DONE;
      });
      await reducer(async () => DONE);
      await until('it is under way', () => under === 1);
      await owner.flushall();
      assert.deepEqual(await queue.jobStates(RUN), { reduce: 'absent', finish: 'absent' });
      await until('it is told', () => reasons.length === 1);
      assert.deepEqual(reasons, ['LockLost']);
      const next = { ...RUN, epoch: 2 };
      await queue.submit(next, 'extract', [0, 1, 2]);
      await until('the next epoch is done', async () => (await queue.jobStates(next)).reduce === 'completed');
      owner.disconnect();
    }),
  );

  test(
    'an ending consumer lets what is under way be done, and takes no more',
    withBench(site, async ({ queue, worker }) => {
      await queue.submit(RUN, 'extract', [0, 1, 2]);
      let finish = () => {};
      const held = new Promise<void>((resolve) => {
        finish = resolve;
      });
      const first = await worker(async () => {
        await held;
        return DONE;
      });
      await until('one is under way', () => first.active === 1);
      assert.ok(Date.now() - first.lastTakenMs < 60_000);
      assert.equal(first.connected, true);
      const drained = first.drain(30_000);
      finish();
      await drained;
      const states = await queue.states(RUN, 'extract', [0, 1, 2]);
      assert.deepEqual([...states.values()], ['completed', 'waiting', 'waiting']);
      assert.deepEqual(await queue.alive(), []);
    }),
  );

  test(
    'an ending consumer gives back what is not done in time, and another takes it at once',
    givenBack(site),
  );

  test(
    'the heartbeat says who is there',
    withBench(site, async ({ queue, worker, reducer }) => {
      const first = await worker(async () => DONE);
      await reducer(async () => DONE);
      const alive = await queue.alive();
      assert.deepEqual(alive.map(({ role, name, host, protocol }) => [role, name, host, protocol]).sort(), [
        ['reducer', 'test reducer', 'here', PROTOCOL],
        ['worker', 'test worker', 'here', PROTOCOL],
      ]);
      await first.close();
      assert.deepEqual(
        (await queue.alive()).map(({ role }) => role),
        ['reducer'],
      );
    }),
  );
}

function givenBack(site: () => Site) {
  return withBench(site, async ({ queue, worker }) => {
    await queue.submit(RUN, 'extract', [0, 1]);
    const reasons: string[] = [];
    const stubborn = await worker(
      async (job) => {
        if (job.payload.partition === 0) await new Promise(() => {}); // never hears of its signal
        reasons.push((await aborted(job)).name);
        return { again: 0, reason: 'given back' };
      },
      { extract: 2, lockMs: 60_000 },
    );
    await until('both are under way', () => stubborn.active === 2);
    const began = performance.now();
    await stubborn.drain(100);
    assert.ok(performance.now() - began < 1_600, `${performance.now() - began} ms`);
    assert.deepEqual(reasons, ['GiveBack']);
    // The locks would have held for a minute.
    const second = new Set<string>();
    await worker(async ({ id }) => {
      second.add(id);
      return DONE;
    });
    const taking = performance.now();
    await until('both are taken', () => second.size === 2);
    assert.ok(performance.now() - taking < 20_000);
  });
}
