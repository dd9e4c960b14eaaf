/** A worker process as whoever operates it sees it: health, metrics, weights loaded once, and how it ends. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { TRIAL } from '@verger/testkit/cli';
import {
  ask,
  assertOutcome,
  type Cluster,
  clusterSuite,
  countIn,
  imagesOf,
  metricOf,
  plantOnBoth,
  type Serving,
  startCluster,
  untilTrue,
} from '@verger/testkit/cluster';
import { isAlive, processTree, until } from '@verger/testkit/processes';
import { type S3Proxy, startS3Proxy } from '@verger/testkit/s3-proxy';

const GRACE_SECONDS = 1;
/** Beyond the grace: to give jobs back and to close. */
const MORE_MS = 2000;

clusterSuite('a worker process', () => {
  let cluster: Cluster;
  /** In front of the storage of the workers. */
  let proxy: S3Proxy;
  let worker: Serving;

  const serve = (grace: number) =>
    cluster.serve(
      'worker',
      ['--allow-root', 's3://results', '--allow-root', 's3://images', '--grace', String(grace)],
      {
        env: { VERGER_S3_ENDPOINT: proxy.endpoint },
      },
    );
  const submit = async (name: string) => {
    const plan = [
      '--partitions',
      '3',
      '--components',
      '2',
      ...TRIAL,
      '--redis',
      cluster.redis.url,
      '--detach',
    ];
    const args = ['run', 's3://images/orchard', '--output', 's3://results', '--name', name, ...plan];
    assertOutcome(await cluster.verger(args), 0);
  };
  const extracted = (name: string) =>
    until(`${name} is extracted`, () => countIn(cluster.onServer(name), 'commits') === 3);
  const hold = () => proxy.set({ share: 1, faults: ['stall'], only: imagesOf('orchard') });
  const holding = (one: Serving) =>
    untilTrue(
      'it holds a job',
      async () => (await metricOf(one, 'verger_jobs_active')) > 0 && proxy.spoilt > 0,
    );
  /** Milliseconds from the signal to the end, which must be one with that exit code. */
  const endedAfter = async ({ child, ended }: Serving, code: number) => {
    const began = performance.now();
    child.kill('SIGTERM');
    assertOutcome(await ended, code);
    return performance.now() - began;
  };

  before(async () => {
    cluster = await startCluster();
    proxy = await startS3Proxy(cluster.s3.port, () => 0.5);
    await plantOnBoth(cluster, 'orchard', { kinds: 3, views: 3 });
    worker = await serve(GRACE_SECONDS);
  });
  after(async () => {
    await cluster?.close();
    await proxy?.close();
  });

  test('one that waits is healthy and ready, and says so with its name', async () => {
    for (const path of ['/healthz', '/readyz']) {
      assert.deepEqual(await ask(worker, path), { status: 200, text: 'ok\n' });
    }
    assert.equal((await ask(worker, '/')).status, 404);
    assert.equal(await metricOf(worker, 'verger_redis_connected'), 1);
    assert.equal(await metricOf(worker, 'verger_pool_starts'), 0);
  });

  test('one that waits has its child already; killed, it leaves none', async () => {
    const killed = await serve(GRACE_SECONDS);
    const [, ...children] = processTree(killed.child.pid ?? 0);
    assert.equal(children.length, 2, 'a child, and the process that makes its network');
    killed.child.kill('SIGKILL');
    await killed.ended;
    await until('all are gone', () => !children.some(isAlive));
  });

  test('its child loads the weights once, for all jobs of two runs', async () => {
    for (const name of ['one', 'two']) {
      await submit(name);
      await extracted(name);
    }
    await untilTrue('all jobs are counted', async () => (await metricOf(worker, EXTRACTED)) === 6);
    assert.equal(await metricOf(worker, 'verger_pool_starts'), 1);
    assert.equal(worker.log().filter(({ message }) => message === 'weights loaded').length, 1);
    assert.equal(await metricOf(worker, 'verger_images_total{outcome="extracted"}'), 18);
  });

  test('SIGTERM ends a worker within its grace and 2 s; its job goes to another', async () => {
    hold();
    await submit('held');
    await holding(worker);
    const tookMs = await endedAfter(worker, 0);
    assert.ok(tookMs <= GRACE_SECONDS * 1000 + MORE_MS, `${tookMs} ms`);
    const lines = worker.stderr().trimEnd().split('\n');
    assert.equal(lines.length, worker.log().length, 'every line is JSON');
    assert.equal(worker.log().at(-1)?.message, 'ended');
    proxy.set(null);
    worker = await serve(GRACE_SECONDS);
    await extracted('held');
  });

  test('with Redis down it is healthy but not ready, and SIGTERM ends it as fast', async () => {
    hold();
    await submit('cut');
    await holding(worker);
    await cluster.redis.kill();
    await untilTrue('it is not ready', async () => (await ask(worker, '/readyz')).status === 503);
    assert.equal((await ask(worker, '/readyz')).text, 'Redis does not answer\n');
    assert.equal((await ask(worker, '/healthz')).status, 200);
    const tookMs = await endedAfter(worker, 0);
    assert.ok(tookMs <= GRACE_SECONDS * 1000 + MORE_MS, `${tookMs} ms`);
    await cluster.redis.restart({ keepData: false });
  });

  test('a second SIGTERM ends it at once', async () => {
    hold();
    worker = await serve(60);
    await submit('again');
    await holding(worker);
    worker.child.kill('SIGTERM');
    await until('it is ending', () => worker.log().some(({ message }) => message === 'taking no more jobs'));
    // A signal within 250 ms is taken for the same key press.
    const since = performance.now();
    await until('a moment has passed', () => performance.now() - since > 300);
    const tookMs = await endedAfter(worker, 143);
    assert.ok(tookMs < 1000, `${tookMs} ms`);
  });
});

const EXTRACTED = 'verger_jobs_total{kind="extract",outcome="done"}';
