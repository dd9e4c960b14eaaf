import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ERRORS, type VergerError } from '@verger/core';
import { keepingLogger, RUN, until } from '@verger/testkit/queue-harness';
import { type RedisServerOptions, redisMissing, startRedis } from '@verger/testkit/redis-server';
import { connect } from './connect.ts';
import { openQueue } from './queue.ts';
import { checkServer, isNewEnough } from './server-check.ts';
import type { QueueOptions } from './types.ts';

const options = (url: string, more: Partial<QueueOptions> = {}): QueueOptions => ({
  ...{ url, prefix: 'verger', logger: keepingLogger(), name: 'test', role: 'coordinator' },
  ...more,
});

/** What opening fails with on a server of those options; `change` is applied to its URL. */
async function refusal(server: RedisServerOptions, change = (url: string) => url): Promise<VergerError> {
  const redis = await startRedis(server);
  try {
    return await openQueue(options(change(redis.url))).then(
      () => assert.fail('it was opened'),
      (error: VergerError) => error,
    );
  } finally {
    await redis.close();
  }
}

test('versions from 6.2 are new enough', () => {
  const versions = ['5.0.14', '6.0.16', '6.2.0', '7.0.15', '8.2.1', 'unknown'];
  assert.deepEqual(versions.filter(isNewEnough), ['6.2.0', '7.0.15', '8.2.1']);
});

test('an old server is E_REDIS_VERSION, and one that does not say its policy only a warning', async () => {
  const logger = keepingLogger();
  const answers = (version: string) => ({
    info: async (section: string) => (section === 'server' ? `# Server\r\nredis_version:${version}\r\n` : ''),
    eval: async () => 1,
    evalsha: async () => 1,
  });
  const context = { prefix: 'verger', location: 'redis://there', logger, ms: 1_000 };
  await assert.rejects(checkServer(answers('6.0.16'), context), { code: 'E_REDIS_VERSION' });
  await checkServer(answers('7.2.4'), context);
  assert.deepEqual(
    logger.lines.map(({ level }) => level),
    ['warn'],
  );
});

test('a Sentinel and a cluster are told by INFO, whichever section says so', async () => {
  const context = { prefix: 'verger', location: 'redis://there', logger: keepingLogger(), ms: 1_000 };
  const check = (server: string, cluster: string) =>
    checkServer(
      {
        info: async (section) => `redis_version:7.2.4\r\n${section === 'cluster' ? cluster : server}`,
        eval: async () => 1,
        evalsha: async () => 1,
      },
      context,
    );
  await assert.rejects(check('redis_mode:sentinel', ''), { code: 'E_REDIS_COMMAND', message: /a Sentinel/ });
  await assert.rejects(check('redis_mode:cluster', ''), { code: 'E_REDIS_CLUSTER' });
  await assert.rejects(check('', 'cluster_enabled:1'), { code: 'E_REDIS_CLUSTER' });
  await check('redis_mode:standalone', 'cluster_enabled:0');
});

test('a server that is not there is E_REDIS_UNREACHABLE, in time, without its password', async () => {
  const began = performance.now();
  const wrong = connect(options('redis://:secret@127.0.0.1:1', { connectMs: 300 }), { patient: false });
  await assert.rejects(wrong, (error: VergerError) => {
    assert.equal(error.code, 'E_REDIS_UNREACHABLE');
    assert.doesNotMatch(`${error.message} ${JSON.stringify(error.place)}`, /secret/);
    return true;
  });
  assert.ok(performance.now() - began < 3_000);
});

test('a prefix that BullMQ could not read is E_CONFIG', async () => {
  await assert.rejects(openQueue(options('redis://127.0.0.1:1', { prefix: 'a:b' })), { code: 'E_CONFIG' });
});

suite('opening a real Redis', { skip: redisMissing }, () => {
  test('a missing, a wrong and a superfluous password', async () => {
    const wrong = (url: string) => url.replace(':right@', ':wrong@');
    const none = (url: string) => url.replace(':right@', '');
    assert.equal((await refusal({ password: 'right' }, wrong)).code, 'E_REDIS_AUTH');
    assert.equal((await refusal({ password: 'right' }, none)).code, 'E_REDIS_AUTH');
    const redis = await startRedis({ password: 'right' });
    const queue = await openQueue(options(redis.url));
    assert.equal(queue.describe(), `redis://127.0.0.1:${redis.port}`);
    await queue.close();
    await redis.close();
  });

  test('a server that evicts is E_REDIS_POLICY and names its policy', async () => {
    const error = await refusal({ args: ['--maxmemory-policy', 'allkeys-lru'] });
    assert.equal(error.code, 'E_REDIS_POLICY');
    assert.match(error.message, /allkeys-lru/);
  });

  test('a full server is E_REDIS_REFUSED', async () => {
    assert.equal((await refusal({ args: ['--maxmemory', '1kb'] })).code, 'E_REDIS_REFUSED');
  });

  test('a user without rights is E_REDIS_DENIED', async () => {
    const users = ['user default on nopass ~other:* &* +@all'];
    assert.equal((await refusal({ users })).code, 'E_REDIS_DENIED');
    const noInfo = ['user default on nopass ~* &* +@all -info'];
    assert.equal((await refusal({ users: noInfo })).code, 'E_REDIS_DENIED');
  });

  test('a database that is not there is E_CONFIG with the number of those that are', async () => {
    const error = await refusal({}, (url) => `${url}/99`);
    assert.equal(error.code, 'E_CONFIG');
    assert.match(error.message, /no database 99\. The server has 16 databases, numbered from 0 to 15/);
    const silent = await refusal({ args: ['--rename-command', 'CONFIG', ''] }, (url) => `${url}/16`);
    assert.match(silent.message, /no database 16\. Most servers have 16/);
  });

  test('a server in cluster mode is E_REDIS_CLUSTER, with and without its slots', async () => {
    const args = ['--cluster-enabled', 'yes'];
    const error = await refusal({ args });
    assert.equal(error.code, 'E_REDIS_CLUSTER');
    assert.match(ERRORS[error.code].next, /without cluster mode/);
    assert.equal((await refusal({ args }, (url) => `${url}/1`)).code, 'E_REDIS_CLUSTER');
  });

  test('a command that was renamed away is E_REDIS_COMMAND, with the server’s words', async () => {
    const began = performance.now();
    for (const command of ['INFO', 'EVAL', 'EVALSHA']) {
      const error = await refusal({ args: ['--rename-command', command, ''] });
      assert.equal(error.code, 'E_REDIS_COMMAND');
      assert.match(error.message.toLowerCase(), new RegExp(`unknown command '${command.toLowerCase()}'`));
    }
    assert.ok(performance.now() - began < 5_000);
  });

  test('a queue reports a lost connection, fails in time, and goes on afterwards', async () => {
    const redis = await startRedis({ appendOnly: true });
    const logger = keepingLogger();
    const queue = await openQueue(options(redis.url, { logger }));
    await queue.submit(RUN, 'extract', [0]);
    await redis.kill();
    const isTold = () => logger.lines.some(({ message }) => message === 'lost the connection to Redis');
    await until('the drop is seen', isTold);
    const began = performance.now();
    await assert.rejects(queue.counts(), { code: 'E_REDIS_UNREACHABLE' });
    await assert.rejects(queue.submit(RUN, 'extract', [0, 1]), { code: 'E_REDIS_UNREACHABLE' });
    assert.ok(performance.now() - began < 25_000);
    await redis.restart({ keepData: true });
    const back = async () => {
      const states = await queue.states(RUN, 'extract', [0]).catch(() => undefined);
      return states?.get(0) === 'waiting';
    };
    await until('the queue is back', back);
    await redis.kill();
    const closing = performance.now();
    await queue.close();
    assert.ok(performance.now() - closing < 5_000);
    await redis.close();
  });
});
