import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { openQueue } from '@verger/queue';
import { createStorages } from '@verger/storage';
import { keepingLogger, until } from '@verger/testkit/queue-harness';
import { redisMissing, startRedis } from '@verger/testkit/redis-server';
import { CLOCK, SILENT, temporaryFolder } from '@verger/testkit/run-harness';
import { writeRun } from '@verger/testkit/written-run';
import { type AutoscalerSetup, startAutoscaler } from './autoscaler.ts';
import { DEFAULT_POLICY } from './desired-capacity.ts';

async function setupOf(t: TestContext, redisUrl: string) {
  const logger = keepingLogger();
  const output = await temporaryFolder(t);
  const setup: AutoscalerSetup = {
    ...{ redisUrl, prefix: 'verger', name: 'test', places: [output], fleet: undefined },
    ...{ storages: createStorages(async () => assert.fail('no S3 here')), clock: CLOCK, logger },
    ...{ policy: { ...DEFAULT_POLICY, vcpuStep: 1, settleSeconds: 600 }, intervalMs: 20 },
    health: { host: '127.0.0.1', port: 0 },
  };
  return { setup, logger, output };
}

test('it follows the queue, holds while Redis is gone, and lowers nothing when that comes back empty', {
  skip: redisMissing,
}, async (t) => {
  const redis = await startRedis();
  t.after(() => redis.close());
  const { setup, logger, output } = await setupOf(t, redis.url);
  const submittedMs = Date.now();
  const { folder } = await writeRun(output, {
    ...{ id: 'r', partitions: [5_000, 5_000, 5_000], committed: [], submittedMs },
    ...{ queue: `${redis.url}/0 verger`, deadlineMs: submittedMs + 300_000 },
  });
  const autoscaler = await startAutoscaler(setup);
  t.after(() => autoscaler.close());
  const ask = async (path: string) => {
    const response = await fetch(`${autoscaler.healthUrl}${path}`);
    return { status: response.status, text: await response.text() };
  };
  const desired = async () => /^verger_desired_vcpus (.*)$/m.exec((await ask('/metrics')).text)?.[1];
  await until('it has looked', async () => (await ask('/readyz')).status === 200);
  assert.equal(await desired(), '0');
  const where = {
    url: redis.url,
    prefix: 'verger',
    logger: SILENT,
    name: 'test',
    role: 'coordinator',
  } as const;
  const queue = await openQueue(where);
  const run = { location: folder, runId: 'r', epoch: 1, priority: 'normal' } as const;
  await queue.submit(run, 'extract', [0, 1, 2]);
  await queue.close();
  await until('it asks for workers', async () => (await desired()) !== '0');
  const before = await desired();
  await redis.kill();
  await until('it holds', async () => (await ask('/readyz')).status === 503);
  assert.match((await ask('/readyz')).text, /^E_REDIS_UNREACHABLE/);
  await redis.restart({ keepData: false });
  await until('it goes on', async () => (await ask('/readyz')).status === 200);
  assert.equal(await desired(), before);
  const messages = logger.lines.filter(({ fields }) => 'msg' in fields).map(({ message }) => message);
  assert.equal(messages.length, 3, messages.join('\n'));
  assert.equal((await ask('/healthz')).status, 200);
});

test('an address that is taken ends the start, and leaves nothing open', async (t) => {
  const { setup } = await setupOf(t, 'redis://127.0.0.1:1');
  const first = await startAutoscaler(setup);
  t.after(() => first.close());
  const port = Number(new URL(first.healthUrl ?? '').port);
  const taken = { ...setup, health: { host: '127.0.0.1', port } };
  await assert.rejects(startAutoscaler(taken), { code: 'E_CONFIG' });
  await assert.rejects(startAutoscaler({ ...setup, redisUrl: 'http://x' }), { code: 'E_CONFIG' });
});

test('a close ends it while Redis was never there, once', async (t) => {
  const { setup } = await setupOf(t, 'redis://127.0.0.1:1');
  const autoscaler = await startAutoscaler({ ...setup, health: null, places: [join('/', 'nowhere')] });
  assert.equal(autoscaler.healthUrl, undefined);
  await Promise.all([autoscaler.close(), autoscaler.close()]);
  await autoscaler.done;
});
