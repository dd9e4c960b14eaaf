import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { suite, test } from 'node:test';
import { type Bench, openBench, RUN, randomPrefix, until } from '@verger/testkit/queue-harness';
import { type RedisServer, redisMissing, startRedis } from '@verger/testkit/redis-server';
import { Redis } from 'ioredis';
import type { Outcome, TakenJob } from './types.ts';

const DONE = { done: true } as const;

async function onServer(
  appendOnly: boolean,
  body: (redis: RedisServer, bench: Bench) => Promise<void>,
): Promise<void> {
  const redis = await startRedis({ appendOnly });
  const bench = await openBench({ url: () => redis.url, freshPrefix: async () => randomPrefix() });
  try {
    await body(redis, bench);
  } finally {
    await bench.close();
    await redis.close();
  }
}

async function lockOf(owner: Redis): Promise<string> {
  const [key] = await owner.keys('*:lock');
  return key ?? assert.fail('there is no lock');
}

/** Submits as a coordinator would: until Redis takes it. */
const submitted = (queue: Bench['queue'], run: typeof RUN, partitions: readonly number[]) =>
  until('the run is submitted', () =>
    queue.submit(run, 'extract', partitions).then(
      () => true,
      () => false,
    ),
  );

const isDone = (queue: Bench['queue'], run: typeof RUN) => async () =>
  (await queue.jobStates(run).catch(() => undefined))?.reduce === 'completed';

suite('Redis killed and started again', { skip: redisMissing }, () => {
  test('idle consumers take jobs again, with nothing kept', () =>
    onServer(false, async (redis, { queue, worker, reducer }) => {
      const first = await worker(async () => DONE);
      await reducer(async () => DONE);
      await queue.submit(RUN, 'extract', [0]);
      await until('the first epoch is done', isDone(queue, RUN));
      for (const epoch of [2, 3]) {
        await redis.restart({ keepData: false });
        const next = { ...RUN, epoch };
        await submitted(queue, next, [0, 1]);
        await until(`epoch ${epoch} is done`, isDone(queue, next));
      }
      // Its queues come back one by one.
      await until('all its connections are back', () => first.connected);
    }));

  test('with its append-only file the jobs go on without anybody', () =>
    onServer(true, async (redis, { queue, worker, reducer }) => {
      let held = true;
      const taken: string[] = [];
      await queue.submit(RUN, 'extract', [0, 1, 2]);
      const consumer = await worker(async ({ id }) => {
        taken.push(id);
        await until('it may end', () => !held);
        return DONE;
      });
      await reducer(async () => DONE);
      await until('one is under way', () => consumer.active === 1);
      await redis.kill();
      held = false;
      await redis.restart({ keepData: true });
      await until('the run is done', isDone(queue, RUN));
      assert.equal(new Set(taken).size, 3);
    }));

  test('without it, who has a job under way is told, and the next epoch is done', () =>
    onServer(false, async (redis, { queue, worker, reducer }) => {
      const reasons: string[] = [];
      await queue.submit(RUN, 'extract', [0]);
      const consumer = await worker(async ({ payload, signal }) => {
        if (payload.epoch === 1) {
          await new Promise<void>((resolve) => {
            signal.addEventListener('abort', () => resolve(), { once: true });
          });
          reasons.push(signal.reason.name);
        }
        return DONE;
      });
      await reducer(async () => DONE);
      await until('it is under way', () => consumer.active === 1);
      await redis.restart({ keepData: false });
      await until('it is told', () => reasons.length === 1);
      assert.deepEqual(reasons, ['LockLost']);
      const next = { ...RUN, epoch: 2 };
      await submitted(queue, next, [0, 1]);
      await until('the next epoch is done', isDone(queue, next));
    }));

  test('a job of lost processes is E_JOB_LOST in the end', () =>
    onServer(false, async (redis, { queue, worker }) => {
      await queue.submit(RUN, 'extract', [0]);
      const untilLost = ({ signal }: TakenJob) =>
        new Promise<Outcome>((resolve) => {
          signal.addEventListener('abort', () => resolve(DONE), { once: true });
        });
      const consumer = await worker(untilLost, { maxStalledCount: 0 });
      await until('it is taken', () => consumer.active === 1);
      const owner = new Redis(redis.url);
      // As if its process were gone: the lock is not there, and nobody has renewed it.
      await owner.del(await lockOf(owner));
      owner.disconnect();
      await until('it has failed', async () => (await queue.states(RUN, 'extract', [0])).get(0) === 'failed');
      assert.match((await queue.failedReason(RUN, 'extract', 0)) ?? '', /^E_JOB_LOST: /);
    }));

  for (const [how, away] of [
    ['dead', (redis: RedisServer) => redis.kill()],
    ['stopped', async (redis: RedisServer) => void process.kill(redis.pid, 'SIGSTOP')],
  ] as const) {
    test(`with a ${how} Redis a consumer ends in time, with a job under way`, () =>
      onServer(false, async (redis, { queue, worker, reducer }) => {
        await queue.submit(RUN, 'extract', [0]);
        const busy = await worker(() => new Promise(() => {}));
        const idle = await reducer(async () => DONE);
        await until('it is under way', () => busy.active === 1);
        await away(redis);
        if (how === 'dead') await until('it is noticed', () => !busy.connected && !idle.connected);
        const began = performance.now();
        await Promise.all([busy.drain(200), idle.drain(200)]);
        const took = performance.now() - began;
        // The grace and 2 s, as is promised.
        assert.ok(took >= 200 && took < 2_200, `${took} ms`);
      }));
  }

  test('with a dead Redis nothing keeps a process that has drained', () =>
    onServer(false, async (redis) => {
      const child = fork(new URL('../../testkit/src/ending.ts', import.meta.url), [redis.url]);
      try {
        await once(child, 'message');
        await redis.kill();
        child.send('end');
        await once(child, 'message');
        // Far less than BullMQ's 30 s between two looks for stalled jobs.
        await once(child, 'exit', { signal: AbortSignal.timeout(10_000) });
      } finally {
        child.kill('SIGKILL');
      }
    }));
});
