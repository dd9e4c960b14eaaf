/** Runs on real workers and a real reducer, started as a user starts them, through Redis and versitygw. */
import assert from 'node:assert/strict';
import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type CliResult, jsonOf, TRIAL } from '@verger/testkit/cli';
import {
  assertOutcome,
  type Cluster,
  clusterSuite,
  countIn,
  hasEnded,
  imagesOf,
  metricOf,
  plantOnBoth,
  type Serving,
  startCluster,
  untilTrue,
} from '@verger/testkit/cluster';
import { until } from '@verger/testkit/processes';
import { assertRefused } from '@verger/testkit/refused';
import { filesUnder, promisedHashes } from '@verger/testkit/run-folder';
import { type S3Proxy, startS3Proxy } from '@verger/testkit/s3-proxy';
import { Redis } from 'ioredis';

const PLAN = ['--partitions', '4', '--components', '3', ...TRIAL];

clusterSuite('runs on a cluster of real processes', () => {
  let cluster: Cluster;
  /** In front of the storage of workers and reducer. */
  let proxy: S3Proxy;
  let images: string;
  const workers: Serving[] = [];
  /** The promised files of the local run. */
  let expected: Record<string, string>;
  /** What a detached run said whose jobs Redis lost before any worker was there. */
  let submitted: CliResult;

  const redis = () => ['--redis', cluster.redis.url];
  const run = (name: string, ...more: string[]) => [
    'run',
    's3://images/orchard',
    '--output',
    's3://results',
    '--name',
    name,
    ...PLAN,
    ...redis(),
    ...more,
  ];
  const serve = (role: 'worker' | 'reducer', ...more: string[]) =>
    cluster.serve(
      role,
      [
        '--allow-root',
        's3://results',
        '--allow-root',
        's3://images',
        '--allow-root',
        cluster.folder,
        ...more,
      ],
      {
        env: { VERGER_S3_ENDPOINT: proxy.endpoint },
      },
    );
  const epochs = (name: string) => countIn(cluster.onServer(name), 'epochs');
  const assertPromised = async (folder: string) => assert.deepEqual(await promisedHashes(folder), expected);

  before(async () => {
    cluster = await startCluster();
    proxy = await startS3Proxy(cluster.s3.port, () => 0.5);
    images = await plantOnBoth(cluster, 'orchard', { kinds: 3, views: 3, broken: true });
    const local = ['run', images, '--output', join(cluster.folder, 'local'), '--name', 'calm', ...PLAN];
    assertOutcome(await cluster.verger(local), 0);
    expected = await promisedHashes(join(cluster.folder, 'local', 'calm'));
    // Before any worker is there; those that are started then serve all tests.
    submitted = await cluster.verger(run('flushed', '--detach'));
    const client = new Redis(cluster.redis.url);
    await client.flushall();
    client.disconnect();
    const [worker] = await Promise.all([serve('worker'), serve('reducer')]);
    workers.push(worker);
  });
  after(async () => {
    await cluster?.close();
    await proxy?.close();
  });

  test('a detached run that Redis lost is finished by resume, with the bytes of a local run', async () => {
    const { stdout } = assertOutcome(submitted, 0);
    assert.match(stdout, /workers finish it without this process/);
    assert.match(stdout, /status s3:\/\/results\/flushed --redis \S+ --watch/);
    const status = assertOutcome(await cluster.verger(['status', 's3://results#flushed']), 0);
    assert.match(status.stdout, /0 of 4 committed/);
    assertOutcome(await cluster.verger(['resume', 's3://results#flushed', ...redis()]), 0);
    await assertPromised(cluster.onServer('flushed'));
    assert.equal(epochs('flushed'), 2);
  });

  test('two runs at once on two workers, one of them detached, have those bytes', async () => {
    workers.push(await serve('worker'));
    const out = join(cluster.folder, 'out');
    const tail = ['--name', 'mixed', ...PLAN, ...redis()];
    const attached = cluster.leave(['run', 's3://images/orchard', '--output', out, ...tail]);
    const detached = await cluster.verger(['run', images, '--output', 's3://results', ...tail, '--detach']);
    assertOutcome(detached, 0);
    const watched = assertOutcome(await cluster.verger(['status', 's3://results/mixed', '--watch']), 0);
    assert.match(watched.stderr, /finish /);
    assert.match(watched.stdout, /run mixed: done/);
    assertOutcome(await attached.ended, 0);
    await assertPromised(cluster.onServer('mixed'));
    await assertPromised(join(out, 'mixed'));
  });

  test('resume of a complete run verifies it and opens no epoch', async () => {
    const args = ['resume', 's3://results/flushed', ...redis(), '--json'];
    assert.equal(jsonOf<{ already: boolean }>(await cluster.verger(args)).already, true);
    assert.equal(epochs('flushed'), 2);
  });

  test('resume rebuilds a lost partition on the workers, with the same bytes', async () => {
    const folder = cluster.onServer('flushed');
    for (const part of ['features/part-00001.parquet', 'commits/part-00001.json'])
      await rm(join(folder, part));
    const { stderr } = assertOutcome(await cluster.verger(['resume', 's3://results/flushed', ...redis()]), 0);
    assert.match(stderr, /part-00001/);
    await assertPromised(folder);
  });

  const idle = () =>
    untilTrue('no job is under way', async () => {
      const active = await Promise.all(workers.map((worker) => metricOf(worker, 'verger_jobs_active')));
      return active.every((jobs) => jobs === 0);
    });
  /**
   * A coordinator whose workers wait for the storage (of all images, or of one), until the proxy is set to
   * let all pass.
   */
  const held = async (name: string, image = '') => {
    const stalls = (method: string, path: string) =>
      imagesOf('orchard')(method, path) && decodeURIComponent(path).includes(image);
    proxy.set({ share: 1, faults: ['stall'], only: stalls });
    const coordinator = cluster.leave(run(name));
    await until('a worker waits for the storage', () => proxy.spoilt > 0 || hasEnded(coordinator));
    return coordinator;
  };

  test('Ctrl-C of the coordinator leaves the run to its workers, and says so', async () => {
    const coordinator = await held('left');
    coordinator.child.kill('SIGINT');
    assertRefused(await coordinator.ended, 'E_DETACHED');
    const status = await cluster.verger(['status', 's3://results/left']);
    assert.match(status.stdout, /running on workers/);
    assertOutcome(await cluster.verger(['cancel', 's3://results/left']), 0);
    await idle();
  });

  test('cancel ends a run within 10 s on workers and coordinator; resume finishes it', async () => {
    // In the last partition: the three others are committed.
    const coordinator = await held('stopped', filesUnder(images).sort().at(-1));
    await until('the others are committed', () => countIn(cluster.onServer('stopped'), 'commits') === 3);
    const began = performance.now();
    const cancelled = assertOutcome(await cluster.verger(['cancel', 's3://results/stopped']), 0);
    assert.match(
      cancelled.stdout,
      /kept {8}3 of 4 partitions, [1-9]\d* images extracted; nothing is deleted/,
    );
    const ended = await coordinator.ended;
    assertRefused(ended, 'E_RUN_CANCELLED');
    assert.match(ended.stderr, /3 of 4 partitions are committed/);
    await idle();
    assert.ok(performance.now() - began < 10_000, `${performance.now() - began} ms`);
    proxy.set(null);
    assertOutcome(await cluster.verger(['resume', 's3://results/stopped', ...redis()]), 0);
    await assertPromised(cluster.onServer('stopped'));
  });

  test('a run of higher priority overtakes one that was submitted before', async () => {
    const prefix = ['--queue-prefix', 'other'];
    assertOutcome(await cluster.verger(run('slow', '--priority', 'low', '--detach', ...prefix)), 0);
    assertOutcome(await cluster.verger(run('fast', '--priority', 'high', '--detach', ...prefix)), 0);
    await serve('worker', ...prefix);
    const folders = { slow: cluster.onServer('slow'), fast: cluster.onServer('fast') };
    await until('both are extracted', () =>
      Object.values(folders).every((folder) => countIn(folder, 'commits') === 4),
    );
    const at = async (folder: string) =>
      await Promise.all(
        filesUnder(join(folder, 'commits')).map(
          async (file) => (await stat(join(folder, 'commits', file))).mtimeMs,
        ),
      );
    const [slow, fast] = [await at(folders.slow), await at(folders.fast)];
    const before = slow.filter((ms) => ms < Math.max(...fast));
    // Two jobs are taken at once: one of the other run may be through with the last one of this.
    assert.ok(before.length <= 1, `${before.length} of the low run came before`);
  });
});
