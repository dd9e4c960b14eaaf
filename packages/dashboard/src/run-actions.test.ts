import assert from 'node:assert/strict';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { findRun, startRun } from '@verger/driver';
import { openQueueReader } from '@verger/queue';
import { readStatus } from '@verger/run';
import { resolveConfig } from '@verger/runtime';
import { createStorages } from '@verger/storage';
import { plantOrchard } from '@verger/testkit/images';
import { keepingLogger, until } from '@verger/testkit/queue-harness';
import { redisMissing, startRedis } from '@verger/testkit/redis-server';
import { temporaryFolder } from '@verger/testkit/run-harness';
import { createRunActions } from './run-actions.ts';

test('a run is cancelled, and resumed with the rights of actions: jobs of a new epoch', {
  skip: redisMissing,
}, async (t) => {
  const redis = await startRedis();
  t.after(() => redis.close());
  const folder = await temporaryFolder(t);
  await plantOrchard(join(folder, 'images'), { kinds: 2, views: 1 });
  const storages = createStorages(async () => assert.fail('no S3 here'));
  const logger = keepingLogger();
  const { signal } = new AbortController();
  const flags = { weights: 'untrained', output: join(folder, 'out'), name: 'r1', cache: folder };
  const configOf = (more: object) =>
    resolveConfig({ flags: { ...flags, ...more }, env: {}, file: undefined });
  await startRun(
    { storages, logger, signal, emit: () => {} },
    { images: join(folder, 'images'), options: configOf({ redis: redis.url, detach: true }) },
  );
  const location = join(folder, 'out', 'r1');
  const run = await findRun(storages, location);
  const state = async () => (await readStatus(run.store, run.manifest)).facts;
  assert.equal((await state()).epoch, 1);

  const rest = { storages, config: configOf({}), logger, signal };
  const readsOnly = createRunActions({ ...rest, redisUrl: null });
  assert.equal(readsOnly.resume, undefined);
  await readsOnly.cancel(location);
  assert.equal((await state()).cancelled, true);

  const actions = createRunActions({ ...rest, redisUrl: redis.url });
  assert.ok(actions.resume !== undefined);
  // A second click does not open a second epoch.
  await Promise.all([actions.resume(location), actions.resume(location)]);
  assert.equal((await state()).epoch, 2);
  const reader = openQueueReader({ url: redis.url, logger, name: 'test' });
  try {
    await until('it has answered', () => reader.trouble === undefined);
    const jobs = await reader.queues?.[0]?.getJobs(['prioritized']);
    assert.ok(jobs?.some(({ data }) => data.epoch === 2));
  } finally {
    await reader.close();
  }
  assert.ok(logger.lines.some(({ message }) => message.includes('resumed the run')));

  // Damage is for `verger resume` to repair, where there are children and images.
  await writeFile(join(location, 'epochs', '0002.json'), '{}');
  await assert.rejects(actions.resume(location), { code: 'E_RUN_CORRUPT' });
  assert.deepEqual(await readdir(join(location, 'epochs')), ['0001.json', '0002.json']);
});
