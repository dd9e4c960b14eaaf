import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, suite, test } from 'node:test';
import { keepingLogger, RUN, until } from '@verger/testkit/queue-harness';
import { type RedisServer, redisMissing, startRedis } from '@verger/testkit/redis-server';
import { Redis } from 'ioredis';
import { QUEUES } from './names.ts';
import { jobId } from './payload.ts';
import { openQueue } from './queue.ts';
import { openQueueReader } from './reader.ts';
import { payloadOf } from './submit.ts';

const READERS = readFileSync(new URL('../../../docs/cluster.md', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => /^user verger-(dashboard|autoscaler) /.test(line));
const NOPERM = /NOPERM|no permissions|can't run this command/i;

suite('a reader under the documented Redis user', { skip: redisMissing }, () => {
  let redis: RedisServer;
  let owner: Redis;
  before(async () => {
    redis = await startRedis({
      users: ['user default off', 'user owner on >owner ~* &* +@all', ...READERS],
    });
    owner = new Redis(`redis://owner:owner@127.0.0.1:${redis.port}`);
  });
  after(async () => {
    owner.disconnect();
    await redis.close();
  });
  const logger = keepingLogger();
  const reader = () => {
    const url = `redis://verger-dashboard:DASHBOARD-PASSWORD@127.0.0.1:${redis.port}`;
    return openQueueReader({ url, logger, name: 'test' });
  };
  const submit = async (partitions: number[]) => {
    const url = `redis://owner:owner@127.0.0.1:${redis.port}`;
    const queue = await openQueue({ url, logger, name: 'test', role: 'coordinator' });
    await queue.submit(RUN, 'extract', partitions);
    await queue.close();
  };

  test('it counts jobs, and leaves names of the dead where they are', async () => {
    await submit([0, 1, 2]);
    const facts = { name: 'w', host: 'h', pid: 1, role: 'worker', cpu: 'c', protocol: 1 };
    await owner.sadd('verger:alive', 'worker:dead', 'worker:live');
    await owner.set('verger:alive:worker:live', JSON.stringify(facts));
    const one = reader();
    try {
      await until('it has answered', () => one.trouble === undefined);
      const { extract, reduce } = await one.counts();
      assert.deepEqual([extract.waiting, reduce.waiting], [3, 0]);
      assert.deepEqual(await one.alive(), [facts]);
      await owner.pexpire('verger:alive:worker:live', 6_000);
      const [{ ageMs = 0, ...rest } = {}] = await one.alive();
      assert.deepEqual(rest, facts);
      assert.ok(ageMs >= 9_000 && ageMs < 15_000, `written 9 s ago: ${ageMs}`);
      assert.equal(await owner.scard('verger:alive'), 2);
    } finally {
      await one.close();
    }
  });

  test('the autoscaler reads which runs are under way, and leaves out what is no job of ours', async () => {
    const url = (user: string) => `redis://${user}@127.0.0.1:${redis.port}`;
    const one = openQueueReader({
      ...{ url: url('verger-autoscaler:AUTOSCALER-PASSWORD'), logger, name: 'test', role: 'autoscaler' },
    });
    const queue = await openQueue({ url: url('owner:owner'), logger, name: 'test', role: 'coordinator' });
    const other = { ...RUN, location: '/runs/r2', runId: 'r2', epoch: 2 };
    try {
      await until('it has answered', () => one.trouble === undefined);
      await owner.flushall();
      assert.deepEqual(await one.runs(), []);
      await queue.submit(RUN, 'extract', [0, 1]);
      await queue.submit(other, 'project', [0]);
      await owner.hset(`verger:${QUEUES.reduce}:odd`, { name: 'odd', data: '{"x":1}', opts: '{}' });
      await owner.lpush(`verger:${QUEUES.reduce}:wait`, 'odd');
      const runs = await one.runs();
      assert.deepEqual(
        runs.sort((a, b) => a.epoch - b.epoch),
        [RUN, other],
      );
      assert.match(String(await owner.client('LIST')), /name=verger:autoscaler:test/);
    } finally {
      await queue.close();
      await one.close();
      await owner.flushall();
    }
  });

  test('Redis itself refuses whatever would change a queue', async () => {
    await submit([0, 1, 2]);
    const one = reader();
    try {
      await until('it has answered', () => one.trouble === undefined);
      const [queue] = one.queues ?? [];
      assert.ok(queue !== undefined);
      const job = await queue.getJob(jobId(payloadOf(RUN, 'extract', 0)));
      assert.ok(job !== undefined);
      const before = await owner.keys('*');
      await assert.rejects(queue.pause(), NOPERM);
      await assert.rejects(queue.resume(), NOPERM);
      await assert.rejects(queue.add('x', {}), NOPERM);
      await assert.rejects(queue.clean(0, 10, 'failed'), NOPERM);
      await assert.rejects(queue.drain(), NOPERM);
      await assert.rejects(queue.obliterate({ force: true }), NOPERM);
      await assert.rejects(job.remove(), NOPERM);
      await assert.rejects(job.updateData({}), NOPERM);
      await assert.rejects(job.changePriority({ priority: 1 }), NOPERM);
      assert.deepEqual((await owner.keys('*')).sort(), before.sort());
      assert.equal(await owner.hget(`verger:${QUEUES.extract}:meta`, 'paused'), null);
    } finally {
      await one.close();
    }
  });
});

test('a reader starts while Redis is gone, and knows since when', { skip: redisMissing }, async () => {
  const redis = await startRedis();
  await redis.kill();
  let nowMs = 1_000;
  const { url } = redis;
  const reader = openQueueReader({ url, logger: keepingLogger(), name: 'test', nowMs: () => nowMs });
  try {
    assert.equal(reader.trouble?.sinceMs, 1_000);
    assert.equal(reader.queues, undefined);
    await assert.rejects(reader.counts(), { code: 'E_REDIS_UNREACHABLE' });
    nowMs = 2_000;
    await until('it has tried', () => /ECONNREFUSED/.test(reader.trouble?.error.message ?? ''));
    assert.equal(reader.trouble?.sinceMs, 1_000);
    await redis.restart({ keepData: false });
    await until('it is connected', () => reader.trouble === undefined && reader.queues !== undefined);
    assert.equal((await reader.counts()).extract.waiting, 0);
    nowMs = 3_000;
    await redis.kill();
    await until('it is gone', () => reader.trouble !== undefined);
    assert.equal(reader.trouble?.sinceMs, 3_000);
    await assert.rejects(reader.alive(), { code: 'E_REDIS_UNREACHABLE' });
    await redis.restart({ keepData: false });
    await until('it is back', () => reader.trouble === undefined);
    assert.deepEqual(await reader.alive(), []);
  } finally {
    await reader.close();
    await redis.close();
  }
});

test('a reader whose password is wrong says so, and goes on asking', { skip: redisMissing }, async () => {
  const redis = await startRedis({ password: 'right' });
  const url = redis.url.replace('right', 'wrong');
  const reader = openQueueReader({ url, logger: keepingLogger(), name: 'test' });
  try {
    await until('it is refused', () => reader.trouble?.error.code === 'E_REDIS_AUTH');
    await assert.rejects(reader.alive(), { code: 'E_REDIS_AUTH' });
    assert.ok(!reader.trouble?.error.message.includes('wrong@'));
  } finally {
    await reader.close();
    await redis.close();
  }
});

test('a URL or prefix that cannot be used is refused at once', () => {
  const rest = { logger: keepingLogger(), name: 'test' };
  assert.throws(() => openQueueReader({ ...rest, url: 'http://here' }), { code: 'E_CONFIG' });
  const url = 'redis://127.0.0.1:1';
  assert.throws(() => openQueueReader({ ...rest, url, prefix: 'a:b' }), { code: 'E_CONFIG' });
});
