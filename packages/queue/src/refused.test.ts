import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { type Command, type FakeRedis, startFakeRedis } from '@verger/testkit/fake-redis';
import { keepingLogger, RUN, randomPrefix, until } from '@verger/testkit/queue-harness';
import { type RedisServer, redisMissing, startRedis } from '@verger/testkit/redis-server';
import { consume } from './consume.ts';
import { openQueue } from './queue.ts';
import type { ConsumeOptions, Consumer, JobQueue, QueueOptions, TakenJob } from './types.ts';

const FULL = "OOM command not allowed when used memory > 'maxmemory'.";
const SCRIPTS = ['EVAL', 'EVALSHA'];
const DONE = { done: true } as const;
/** A connection that is not ended comes again within this. */
const LONGEST_RETRY_MS = 2_100;

suite('a server that refuses what a consumer asks', { skip: redisMissing, concurrency: true }, () => {
  let redis: RedisServer;
  before(async () => {
    redis = await startRedis();
  });
  after(() => redis.close());

  /** A queue with jobs, a fake server that may refuse them, and a consumer. */
  async function bench(body: (on: Bench) => Promise<void>): Promise<void> {
    const fake = await startFakeRedis(redis.port);
    const logger = keepingLogger();
    const prefix = randomPrefix();
    const options = (url: string): QueueOptions => ({ url, prefix, logger, name: 't', role: 'worker' });
    const queue = await openQueue(options(redis.url));
    const opened: Consumer[] = [];
    const worker: Bench['worker'] = async (handle, { connectMs = 10_000, ...more } = {}) => {
      const consumer = await consume(
        { ...options(fake.url), connectMs },
        {
          ...{ kinds: 'work', concurrency: { extract: 1, project: 1 }, handle },
          ...{ alive: { host: 'here', pid: 1, cpu: 'test' }, pausesMs: { first: 100, longest: 300 } },
          ...{ lockMs: 1_000, stalledIntervalMs: 300, ...more },
        },
      );
      opened.push(consumer);
      return consumer;
    };
    try {
      await body({ fake, queue, worker, logger });
    } finally {
      await Promise.all(opened.map((consumer) => consumer.close()));
      await queue.close();
      await fake.close();
    }
  }

  interface Bench {
    readonly fake: FakeRedis;
    readonly queue: JobQueue;
    readonly logger: ReturnType<typeof keepingLogger>;
    worker(
      handle: ConsumeOptions['handle'],
      more?: Partial<Pick<ConsumeOptions, 'lockMs' | 'pausesMs' | 'onRefused'>> &
        Pick<QueueOptions, 'connectMs'>,
    ): Promise<Consumer>;
  }

  test('is asked less and less often, and the waiting jobs are done when it is well again', () =>
    bench(async ({ fake, queue, worker, logger }) => {
      await queue.submit(RUN, 'extract', [0, 1, 2]);
      let letGo = () => {};
      const held = new Promise<typeof DONE>((resolve) => {
        letGo = () => resolve(DONE);
      });
      const consumer = await worker(() => held);
      await until('a job is under way', () => consumer.active === 1);
      fake.refuse({ words: FULL, of: ([name]) => SCRIPTS.includes(name) });
      letGo();
      const began = performance.now();
      await until('it has been asked 25 times', () => fake.counts.refused >= 25);
      const tookMs = performance.now() - began;
      assert.ok(tookMs > 1_500, `25 times in ${tookMs} ms`);
      assert.equal(consumer.connected, false);
      assert.equal(consumer.refused?.error.code, 'E_REDIS_REFUSED');
      assert.equal(logger.lines.filter(({ message }) => message.includes('OOM')).length, 1);
      fake.refuse(undefined);
      const isDone = async () => (await queue.jobStates(RUN)).reduce === 'waiting';
      await until('all jobs are done', isDone);
      await until('it is well', () => consumer.refused === undefined);
      const states = await queue.states(RUN, 'extract', [0, 1, 2]);
      assert.deepEqual([...states.values()], ['completed', 'completed', 'completed']);
    }));

  test('does not make a job fail that was done, however long it refuses to hear so', () =>
    bench(async ({ fake, queue, worker }) => {
      await queue.submit(RUN, 'extract', [0, 1]);
      // Only that a job is done is not to be heard; that it has failed would be.
      const completes = ([, ...words]: Command) => words.some((word) => word.endsWith(':metrics:completed'));
      fake.refuse({ words: FULL, of: completes });
      const taken: (number | null)[] = [];
      const handle = async ({ payload }: TakenJob) => {
        taken.push(payload.partition);
        return DONE;
      };
      const consumer = await worker(handle, { lockMs: 60_000, pausesMs: { first: 2, longest: 10 } });
      await until('it has left the first job and taken the next', () => taken.length === 2);
      const states = async () => [...(await queue.states(RUN, 'extract', [0, 1])).values()];
      assert.deepEqual(
        [taken, await states()],
        [
          [0, 1],
          ['active', 'active'],
        ],
      );
      assert.equal(consumer.refused?.error.code, 'E_REDIS_REFUSED');
      fake.refuse(undefined);
      await until('the second is done', async () => (await states())[1] === 'completed');
      assert.equal((await states())[0], 'active', 'until its lock runs out');
    }));

  test('is seen when only the connection for waiting is refused after the start', () =>
    bench(async ({ fake, queue, worker }) => {
      const told: string[] = [];
      const onRefused: ConsumeOptions['onRefused'] = ({ error }) => void told.push(error.code);
      const consumer = await worker(async () => DONE, { onRefused });
      await until('it waits for jobs', () => fake.waiting === 2);
      assert.equal(consumer.connected, true);
      fake.refuse({ words: 'ERR max number of clients reached', of: ([name]) => name === 'HELLO' });
      fake.cutWaiting();
      await until('its words are known', () => consumer.refused?.error.code === 'E_REDIS_BUSY');
      assert.equal(consumer.connected, false);
      assert.ok(told.length > 0);
      fake.refuse(undefined);
      await queue.submit(RUN, 'extract', [0]);
      await until('it is well again', () => consumer.connected && consumer.refused === undefined);
      const isDone = async () => (await queue.jobStates(RUN)).reduce === 'waiting';
      await until('the job is done', isDone);
    }));

  test('is not well while the connection for waiting is away without a word', () =>
    bench(async ({ fake, worker }) => {
      const consumer = await worker(async () => DONE);
      await until('it waits for jobs', () => fake.waiting === 2);
      assert.equal(consumer.connected, true);
      fake.hangUp(true);
      fake.cutWaiting();
      await until('it is not well', () => !consumer.connected);
      assert.equal(consumer.refused, undefined);
      fake.hangUp(false);
      await until('it is well again', () => consumer.connected);
    }));

  test('is told, and asked again after a pause, when it refuses a job that goes back', () =>
    bench(async ({ fake, queue, worker, logger }) => {
      await queue.submit(RUN, 'extract', [0]);
      // Delayed jobs: the key is one of the script that moves a job there.
      const moves = ([name, ...words]: Command) =>
        SCRIPTS.includes(name) &&
        words[2]?.endsWith(':marker') === true &&
        words.some((w) => w.endsWith(':delayed'));
      fake.refuse({ words: FULL, of: moves });
      const consumer = await worker(async () => ({ again: 1, reason: 'test' }), { lockMs: 60_000 });
      await until('it is known', () => consumer.refused?.error.code === 'E_REDIS_REFUSED');
      assert.equal(logger.lines.filter(({ message }) => message.includes('OOM')).length, 1);
      fake.refuse(undefined);
      await until('it is well again', () => consumer.refused === undefined);
    }));

  test('is named by its words when only the connection for waiting is refused', () =>
    bench(async ({ fake, worker }) => {
      // As when the last free connection has been taken: all that come later get this answer.
      const comes = ([name]: Command) => name === 'HELLO';
      fake.refuse({ words: 'ERR max number of clients reached', of: comes, after: 1 });
      const refused = worker(async () => DONE, { connectMs: 1_000 });
      await assert.rejects(refused, { code: 'E_REDIS_BUSY', message: /max number of clients/ });
      await until('all connections are gone', () => fake.connections === 0);
      const { commands } = fake.counts;
      await pause(LONGEST_RETRY_MS);
      assert.equal(fake.counts.commands, commands, 'none has come again');
    }));
});
