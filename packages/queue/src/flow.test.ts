import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { type RedisServer, redisMissing, startRedis } from '../../../test/fixtures/redis-server.ts';
import { consume } from './consume.ts';
import { openQueue } from './queue.ts';
import { queueOptions, RUN, randomPrefix, reduceOptions, until, workOptions } from './testing/harness.ts';

suite('jobs on a real Redis', { skip: redisMissing }, () => {
  let redis: RedisServer;
  before(async () => {
    redis = await startRedis();
  });
  after(() => redis.close());

  test('the parent is taken when all partitions are done, and submitting again adds nothing', async () => {
    const prefix = randomPrefix();
    const queue = await openQueue(queueOptions(redis.url, prefix));
    const partitions = Array.from({ length: 1_200 }, (_, index) => index);
    const done: string[] = [];
    await queue.submit(RUN, 'extract', partitions);
    await queue.submit(RUN, 'extract', partitions);
    assert.deepEqual((await queue.counts()).extract, { waiting: 1_200, active: 0, delayed: 0, failed: 0 });
    assert.equal((await queue.lead(RUN)).reduce, 'waiting-children');
    const take = async (job: { id: string }) => {
      done.push(job.id);
      return { done: true } as const;
    };
    const worker = await consume(queueOptions(redis.url, prefix, 'worker'), workOptions(take, 8));
    const reducer = await consume(queueOptions(redis.url, prefix, 'reducer'), reduceOptions(take));
    await until('the reduce job is done', async () => (await queue.lead(RUN)).reduce === 'completed');
    assert.equal(done.length, 1_201);
    assert.equal(new Set(done).size, 1_201);
    assert.equal(done.at(-1), 'r1-e0001-reduce');
    const states = await queue.states(RUN, 'extract', partitions);
    assert.equal(states.size, 1_200);
    assert.deepEqual(new Set(states.values()), new Set(['completed']));
    assert.deepEqual((await queue.alive()).map(({ role }) => role).sort(), ['reducer', 'worker']);
    await Promise.all([worker.close(), reducer.close()]);
    assert.deepEqual(await queue.alive(), []);
    await queue.close();
  });
});
