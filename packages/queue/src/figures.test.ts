import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { openBench, RUN, randomPrefix, range } from '@verger/testkit/queue-harness';
import { type RedisServer, redisMissing, startRedis } from '@verger/testkit/redis-server';
import { Redis } from 'ioredis';
import { readMemory, readOldestWaiting } from './figures.ts';
import { jobId } from './payload.ts';

/** May read all, and write nothing. */
const READER = 'user reader on >reader ~* -@all +ping +info +client|setname +eval +evalsha +@read';
const OWNER = 'user default on nopass ~* &* +@all';

suite('figures of a real Redis', { skip: redisMissing }, () => {
  let redis: RedisServer;
  let reader: Redis;
  let owner: Redis;
  before(async () => {
    redis = await startRedis({ users: [OWNER, READER], args: ['--maxmemory', '64mb'] });
    reader = new Redis(`redis://reader:reader@127.0.0.1:${redis.port}`);
    owner = new Redis(redis.url);
  });
  after(async () => {
    reader?.disconnect();
    owner?.disconnect();
    await redis?.close();
  });

  test('the job that was added first is the oldest, whatever its priority', async (t) => {
    const bench = await openBench({ url: () => redis.url, freshPrefix: async () => randomPrefix() });
    t.after(() => bench.close());
    const { prefix, queue } = bench;
    const none = { extract: null, project: null, reduce: null };
    assert.deepEqual(await readOldestWaiting(reader, prefix), none);
    const addedAt = async (run: typeof RUN, partition: number, time: number) => {
      const id = jobId({ ...run, kind: 'extract', partition });
      await owner.hset(`${prefix}:verger-extract:${id}`, 'timestamp', time);
    };
    const runs = (['high', 'normal', 'low'] as const).map((priority) => ({
      ...{ ...RUN, priority, runId: `r-${priority}` },
    }));
    for (const [index, run] of runs.entries()) {
      await queue.submit(run, 'extract', range(2));
      await addedAt(run, 0, 3_000 - 1_000 * index);
      await addedAt(run, 1, 9_000);
    }
    // Jobs of the reduce queue wait for others, and are not waiting.
    assert.deepEqual(await readOldestWaiting(reader, prefix), { ...none, extract: 1_000 });
    await addedAt(runs[2] ?? RUN, 0, 8_000);
    assert.deepEqual(await readOldestWaiting(reader, prefix), { ...none, extract: 2_000 });
  });

  test('a job that was put back after its worker was lost waits as well', async (t) => {
    const bench = await openBench({ url: () => redis.url, freshPrefix: async () => randomPrefix() });
    t.after(() => bench.close());
    const head = `${bench.prefix}:verger-reduce`;
    await owner.hset(`${head}:lost`, 'timestamp', 4_000);
    await owner.rpush(`${head}:wait`, 'lost');
    assert.equal((await readOldestWaiting(reader, bench.prefix)).reduce, 4_000);
  });

  test('memory is what the server says', async () => {
    const { usedBytes, maxBytes } = await readMemory(reader);
    assert.equal(maxBytes, 64 * 1024 * 1024);
    assert.ok(usedBytes > 100_000 && usedBytes < maxBytes, `${usedBytes} bytes`);
    assert.deepEqual(await readMemory({ info: async () => '# Memory\r\n' }), { usedBytes: 0, maxBytes: 0 });
  });
});
