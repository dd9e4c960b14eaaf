/** What a user of a cluster is told when something is wrong: with code, place, next step and exit code. */
import assert from 'node:assert/strict';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type ErrorCode, sha256 } from '@verger/core';
import { untrainedWeights } from '@verger/features';
import { createStorages } from '@verger/storage';
import { call } from '@verger/testkit/call';
import { type CliResult, TRIAL } from '@verger/testkit/cli';
import {
  assertOutcome,
  type Cluster,
  clusterSuite,
  plantOnBoth,
  type Serving,
  startCluster,
  untilTrue,
} from '@verger/testkit/cluster';
import { startFakeS3 } from '@verger/testkit/fake-s3';
import { kerasFile } from '@verger/testkit/keras-file';
import { until } from '@verger/testkit/processes';
import { startRedis } from '@verger/testkit/redis-server';
import { assertRefused } from '@verger/testkit/refused';
import { readJsonLines } from '@verger/testkit/run-folder';
import { TEST_ENV, TEST_KEYS } from '@verger/testkit/s3-server';
import { Redis } from 'ioredis';
import { status } from '../../apps/verger/src/commands/status.ts';
import { expectedArrays } from '../../packages/features/src/weights/keras-weights.ts';

Object.assign(process.env, TEST_ENV, { AWS_REGION: 'us-east-1' });

const PLAN = ['--components', '2', ...TRIAL];

clusterSuite('errors of a cluster of real processes', () => {
  let cluster: Cluster;
  let reducer: Serving;
  let worker: Serving;
  /** A coordinator and a worker that wait 10 s for a Redis, while other tests run. */
  let down: Promise<CliResult[]>;
  /**
   * What a detached run said of which an image went and another one was overwritten before any worker was
   * there.
   */
  let submitted: CliResult;
  let changed: { readonly gone: string; readonly other: string };

  const redis = () => ['--redis', cluster.redis.url];
  const run = (name: string, ...more: string[]) => [
    'run',
    's3://images/orchard',
    '--output',
    's3://results',
    '--name',
    name,
    ...redis(),
    ...more,
  ];
  const coordinator = (to: string) =>
    cluster.verger(['run', 's3://images/orchard', '--output', 's3://results', ...PLAN, '--redis', to]);
  const taker = (to: string) => cluster.verger(['worker', '--redis', to]);
  const roots = ['--allow-root', 's3://results', '--allow-root', 's3://images'];
  const end = async ({ child, ended }: Serving) => {
    child.kill('SIGTERM');
    assertOutcome(await ended, 0);
  };
  const refused = (result: CliResult, code: ErrorCode, said: RegExp) => {
    assertRefused(result, code);
    assert.match(result.stderr, said);
  };
  /** An S3 that says to everything that the credentials have expired. */
  const withFake = async (body: (endpoint: string) => Promise<void>) => {
    const fake = await startFakeS3({ buckets: ['images', 'results'] });
    fake.plan(() => ({ kind: 'answer', status: 400, code: 'ExpiredToken' }));
    await body(fake.endpoint).finally(() => fake.stop());
  };
  const changeImages = async () => {
    const images = createStorages(async () => cluster.s3.options);
    const store = images.open('s3://images/orchard');
    const keys: string[] = [];
    for await (const { key } of store.list({})) keys.push(key);
    const [gone = '', other = ''] = keys;
    await store.remove(gone);
    await store.replace(other, Buffer.from('another file'));
    await images.close();
    changed = { gone, other };
  };

  before(async () => {
    cluster = await startCluster();
    await plantOnBoth(cluster, 'orchard', { kinds: 2, views: 4 });
    const nobody = 'redis://:hush@127.0.0.1:1';
    down = Promise.all([coordinator(nobody), taker(nobody)]);
    down.catch(() => {}); // thrown where it is awaited
    submitted = await cluster.verger(run('changed', ...PLAN, '--detach'));
    await changeImages();
    [worker, reducer] = await Promise.all([cluster.serve('worker', roots), cluster.serve('reducer', roots)]);
  });
  after(() => cluster?.close());

  test('a bucket that is missing, and credentials that are wrong or have expired', async () => {
    const [noImages, noResults] = await Promise.all([
      cluster.verger(['run', 's3://nowhere/x', '--output', 's3://results', ...PLAN, ...redis()]),
      cluster.verger(['run', 's3://images/orchard', '--output', 's3://nowhere', ...PLAN, ...redis()]),
    ]);
    refused(noImages, 'E_S3_BUCKET', /where: s3:\/\/nowhere\/x/);
    refused(noResults, 'E_S3_BUCKET', /where: .*s3:\/\/nowhere/);
    const [wrongKey, unknownKey] = await Promise.all([
      cluster.verger(run('keys', ...PLAN), { env: { AWS_SECRET_ACCESS_KEY: 'another' } }),
      cluster.verger(run('keys', ...PLAN), { env: { AWS_ACCESS_KEY_ID: 'somebody' } }),
    ]);
    for (const result of [wrongKey, unknownKey]) refused(result, 'E_S3_CREDENTIALS', /where: s3:\/\/images/);
    await withFake(async (endpoint) => {
      const result = await cluster.verger(run('keys', ...PLAN), { env: { VERGER_S3_ENDPOINT: endpoint } });
      refused(result, 'E_S3_EXPIRED', /ExpiredToken[\s\S]*where: s3:\/\/images/);
      assert.ok(!result.stderr.includes(TEST_KEYS.AWS_SECRET_ACCESS_KEY));
    });
  });

  test('a Redis that wants another password or throws jobs away, and none that is named', async () => {
    const [locked, evicting] = await Promise.all([
      startRedis({ password: 'right' }),
      startRedis({ args: ['--maxmemory-policy', 'allkeys-lru'] }),
    ]);
    const url = (port: number, password: string) => `redis://:${password}@127.0.0.1:${port}`;
    try {
      for (const start of [coordinator, taker]) {
        refused(await start(url(locked.port, 'hush')), 'E_REDIS_AUTH', /where: redis:\/\/127\.0\.0\.1:\d+\n/);
        refused(await start(evicting.url), 'E_REDIS_POLICY', /Its maxmemory-policy is allkeys-lru\./);
      }
      for (const role of ['worker', 'reducer']) {
        refused(await cluster.verger([role]), 'E_USAGE', /--redis or VERGER_REDIS_URL/);
      }
      const left = ['run', 's3://images/orchard', '--output', 's3://results', ...PLAN, '--detach'];
      refused(await cluster.verger(left), 'E_CONFIG', /--detach \(flag\): this needs --redis/);
    } finally {
      await locked.close();
      await evicting.close();
    }
  });

  test('a Redis that is down is waited for, and then named without its password', async () => {
    for (const result of await down) {
      refused(result, 'E_REDIS_UNREACHABLE', /ECONNREFUSED[\s\S]*where: redis:\/\/127\.0\.0\.1:1\n/);
      assert.ok(!result.stderr.includes('hush'));
    }
  });

  test('images deleted or overwritten after the listing are quarantined; the run completes', async () => {
    assertOutcome(submitted, 0);
    const watched = assertOutcome(await cluster.verger(['status', 's3://results/changed', '--watch']), 0);
    assert.match(watched.stdout, /8 listed, 6 extracted, 2 in quarantine/);
    const quarantine = await readJsonLines<{ path: string; code: string; environmental: boolean }>(
      join(cluster.onServer('changed'), 'quarantine.jsonl'),
    );
    assert.deepEqual(
      quarantine.map(({ path, code, environmental }) => [path, code, environmental]),
      [
        [changed.gone, 'E_IMG_MISSING', true],
        [changed.other, 'E_IMG_CHANGED', true],
      ],
    );
  });

  test('a run outside of the roots of the workers fails for its coordinator, with those roots', async () => {
    await cluster.s3.makeBucket('elsewhere');
    const args = ['run', 's3://images/orchard', '--output', 's3://elsewhere/x', ...PLAN, ...redis()];
    refused(
      await cluster.verger(args),
      'E_LOCATION_DENIED',
      /s3:\/\/elsewhere\/x\/\S+ is in none of the allowed places: s3:\/\/results, s3:\/\/images/,
    );
  });

  test('jobs that somebody put into the queue by hand fail or are left, and the worker goes on', async () => {
    const client = new Redis(cluster.redis.url);
    try {
      await addByHand(client, 'poisoned', { protocol: 1, location: '/etc', kind: 'extract', partition: -1 });
      await addByHand(client, 'newer', { protocol: 2, what: 'ever' });
      assertOutcome(await cluster.verger(run('after', ...PLAN)), 0);
      const reason = (await client.hget('verger:verger-extract:poisoned', 'failedReason')) ?? '';
      assert.match(reason, /^E_JOB_PAYLOAD: .*runId/);
    } finally {
      client.disconnect();
    }
    const told = worker.log().filter(({ jobId }) => jobId === 'poisoned' || jobId === 'newer');
    assert.deepEqual(
      told.map(({ level, jobId, code }) => [level, jobId, code]),
      [
        ['error', 'poisoned', 'E_JOB_PAYLOAD'],
        ['warn', 'newer', 'E_JOB_PROTOCOL'],
      ],
    );
    assert.match(told[1]?.message ?? '', /another release: protocol 2, this process speaks 1/);
  });

  test('weights come once through the storage, and a damaged copy is fetched again', async () => {
    const file = join(cluster.folder, 'seeded.h5');
    const [bytes, otherBytes] = [await seededWeights(1), await seededWeights(2)];
    await writeFile(file, bytes);
    const otherFile = join(cluster.folder, 'other.h5');
    await writeFile(otherFile, otherBytes);
    const custom = ['--components', '2', '--weights', file, '--custom-weights', '--max-bad', '1'];
    const published = `${cluster.onServer('_shared')}/weights/${sha256(bytes)}`;
    const cache = join(cluster.folder, 'cache-of-worker');
    const copy = join(cache, `custom-weights-${sha256(bytes)}.h5`);
    await end(worker);
    await mkdir(cache);
    await writeFile(copy, bytes.subarray(1000));
    worker = await cluster.serve('worker', [...roots, '--cache', cache]);
    assertOutcome(await cluster.verger(run('broadcast', ...custom)), 0);
    assert.equal(sha256(await readFile(copy)), sha256(bytes));
    assert.equal(sha256(await readFile(published)), sha256(bytes));
    await end(worker);

    const otherCustom = custom.map((word) => (word === file ? otherFile : word));
    assertOutcome(await cluster.verger(run('bare', ...custom, '--detach')), 0);
    assertOutcome(await cluster.verger(run('swapped', ...otherCustom, '--detach')), 0);
    await writeFile(`${cluster.onServer('_shared')}/weights/${sha256(otherBytes)}`, bytes);
    await rm(published);
    await rm(copy);
    worker = await cluster.serve('worker', [...roots, '--cache', cache]);
    await untilTrue('it has failed', async () => (await stateOf('bare')) === 'failed');
    const { stdout } = await cluster.verger(['status', 's3://results/bare']);
    assert.match(stdout, /E_WEIGHTS_MISSING/);
    assert.match(stdout, /_shared\/weights/);
    await untilTrue('so has the other', async () => (await stateOf('swapped')) === 'failed');
    const swapped = (await cluster.verger(['status', 's3://results/swapped'])).stdout;
    assert.match(swapped, /E_WEIGHTS_OTHER/);
    assert.ok(swapped.includes(`verger resume s3://results/swapped --redis ${cluster.redis.url}`), swapped);
    for (const [name, weights] of [
      ['bare', file],
      ['swapped', otherFile],
    ] as const) {
      const resume = ['resume', `s3://results/${name}`, ...redis(), '--weights', weights];
      assertOutcome(await cluster.verger(resume), 0);
    }
    await until('the worker said so', () => worker.log().some(({ message }) => message === 'weights loaded'));
    await end(worker);
    await end(reducer);
  });

  const stateOf = async (name: string) =>
    (
      await call(status, [`s3://results/${name}`], { flags: { s3Endpoint: cluster.s3.endpoint }, json: true })
    ).json<{ state: string }>().state;
});

/** What BullMQ writes for a job without priority, which overtakes all others. */
async function addByHand(client: Redis, id: string, data: object): Promise<void> {
  const queue = 'verger:verger-extract';
  const fields = {
    name: 'extract',
    data: JSON.stringify(data),
    opts: '{"attempts":1}',
    timestamp: Date.now(),
    delay: 0,
    priority: 0,
  };
  await client.hset(`${queue}:${id}`, fields);
  await client.lpush(`${queue}:wait`, id);
  await client.zadd(`${queue}:marker`, 0, '0');
}

/** A file as Keras writes it, with seeded weights. */
async function seededWeights(seed: number): Promise<Uint8Array> {
  const weights = untrainedWeights(seed);
  return await kerasFile(
    expectedArrays().map(({ key, layer, shape }) => ({
      ...{ layer, shape, name: key.slice(layer.length + 1) },
      data: weights.get(key) ?? new Float32Array(),
    })),
  );
}
