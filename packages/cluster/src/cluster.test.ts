import assert from 'node:assert/strict';
import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, type TestContext, test } from 'node:test';
import {
  type Commit,
  type Failure,
  type FinishOptions,
  type Report,
  type Reuse,
  type Run,
  type RunEvent,
  VergerError,
  withSelfHash,
} from '@verger/core';
import { openQueue } from '@verger/queue';
import { newestEpoch, openEpoch, readFailures, readSuccess } from '@verger/run';
import { openStorage } from '@verger/storage';
import {
  type InProcessCluster,
  type InProcessOptions,
  startInProcess,
} from '@verger/testkit/cluster-in-process';
import { fakeChildren } from '@verger/testkit/fake-children';
import { type RedisServer, redisMissing, startRedis } from '@verger/testkit/redis-server';
import {
  FINISH,
  goodImages,
  jsonOf,
  openTestEpoch,
  promisedHashes,
  runIn,
  type TestRun,
  temporaryFolder,
  testRun,
  WORKER,
  writeFiles,
} from '@verger/testkit/run-harness';

describe('a cluster on a real Redis', { skip: redisMissing }, () => {
  let redis: RedisServer;
  before(async () => {
    redis = await startRedis();
  });
  after(() => redis?.close());

  const start = async (t: TestContext, options: Omit<InProcessOptions, 'url'> = {}) => {
    const cluster = await startInProcess({ url: redis.url, ...options });
    t.after(() => cluster.close());
    return cluster;
  };

  const submit = async ({ executor }: InProcessCluster, own: TestRun): Promise<Run> => {
    const { manifest, store, images } = own;
    const run: Run = { manifest, store, images, epoch: await openTestEpoch(store) };
    await executor.submit(run);
    return run;
  };

  const watch = async (
    { executor }: InProcessCluster,
    run: Run,
    each: (event: RunEvent) => void = () => {},
  ) => {
    const events: RunEvent[] = [];
    let error: VergerError | undefined;
    try {
      for await (const event of executor.watch(run)) {
        events.push(event);
        each(event);
      }
    } catch (thrown) {
      if (!(thrown instanceof VergerError)) throw thrown;
      error = thrown;
    }
    return { events, error };
  };

  const finishedAlone = async ({ store }: TestRun) => {
    for (let look = 0; (await readSuccess(store)) === undefined; look += 1) {
      assert.ok(look < 400, 'not finished in 20 s');
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };

  test('one, two and three workers and two reducers make the bytes of a local run', async (t) => {
    const files = { ...goodImages(12), 'b/98-bad.jpg': 'BAD:E_IMG_DECODE' };
    const options = { extraction: { partitions: 6 } };
    const local = await testRun(t, files, options);
    await local.execute();
    const expected = await promisedHashes(local.store);
    for (const workers of [1, 2, 3]) {
      const cluster = await start(t, { workers, reducers: 2 });
      const own = await testRun(t, files, options);
      const { error } = await watch(cluster, await submit(cluster, own));
      assert.equal(error, undefined);
      assert.deepEqual(await promisedHashes(own.store), expected, `${workers} workers`);
    }
  });

  test('a run without a coordinator is finished by its workers and reducers', async (t) => {
    const cluster = await start(t);
    const own = await testRun(t, goodImages(4), { extraction: { partitions: 2 } });
    await submit(cluster, own);
    await finishedAlone(own);
  });

  test('a run deleted and made again in an epoch that the queue knows is finished', async (t) => {
    const cluster = await start(t);
    const own = await testRun(t, goodImages(4), { extraction: { partitions: 2 } });
    assert.equal((await watch(cluster, await submit(cluster, own))).error, undefined);
    for (const part of ['epochs', 'features', 'sums', 'commits', 'pca', 'projection', '_SUCCESS']) {
      await rm(join(own.folder, part), { recursive: true });
    }
    const again = await submit(cluster, own);
    assert.equal(again.epoch, 1);
    await finishedAlone(own);
    assert.equal(await newestEpoch(own.store), 2);
  });

  test('a worker follows links to places below its roots, and no others', async (t) => {
    const folder = await temporaryFolder(t);
    for (const name of ['allowed', 'elsewhere', 'images']) await mkdir(join(folder, name));
    for (const name of ['allowed', 'elsewhere']) {
      await writeFile(join(folder, name, 'x.jpg'), `image ${name}`);
      await symlink(join('..', name), join(folder, 'images', name));
    }
    await writeFile(join(folder, 'images/own.jpg'), 'image own');
    const run = async (roots: readonly string[], name: string) => {
      const cluster = await start(t, { roots });
      const one = await runIn(folder, {}, { name, extraction: { followLinks: true, partitions: 2 } });
      const { manifest, store, images } = one;
      const epoch = await openTestEpoch(store, { finish: { maxBad: 1, csv: true, withImages: true } });
      await cluster.executor.submit({ manifest, store, images, epoch });
      assert.equal((await watch(cluster, { manifest, store, images, epoch })).error, undefined);
      const { quarantine, extracted } = await jsonOf<Report>(store, 'report.json');
      return { extracted, bad: quarantine.map(({ code, examples }) => [code, examples]) };
    };
    const runs = join(folder, 'runs');
    const narrow = [runs, join(folder, 'images'), join(folder, 'allowed')];
    assert.deepEqual(await run(narrow, 'narrow'), {
      extracted: 2,
      bad: [['E_IMG_OUTSIDE_ROOT', ['elsewhere/x.jpg']]],
    });
    assert.deepEqual(await run([folder], 'wide'), { extracted: 3, bad: [] });
    assert.deepEqual(await run([], 'any'), { extracted: 3, bad: [] });
  });

  test('images, results and a run that is reused must lie below the roots with links resolved', async (t) => {
    const folder = await temporaryFolder(t);
    for (const name of ['allowed', 'secret']) {
      await writeFiles(join(folder, name, 'images'), goodImages(4));
    }
    await symlink('../secret', join(folder, 'allowed/out'));
    await symlink('allowed', join(folder, 'root'));
    const run = async (at: string, images: string, followLinks?: true) => {
      const base = join(folder, at);
      const extraction = { ...(followLinks && { followLinks }), partitions: 1 };
      const name = `${images}-${followLinks}`.replaceAll('/', '-');
      const { manifest, store } = await runIn(
        base,
        {},
        { name, extraction, imagesFolder: join(base, images) },
      );
      const cluster = await start(t, { roots: [join(folder, 'root')] });
      const epoch = await openTestEpoch(store, { finish: { maxBad: 1 } });
      const one = { manifest, store, images: openStorage(join(base, images)), epoch };
      await cluster.executor.submit(one);
      return (await watch(cluster, one)).error?.code;
    };
    for (const follow of [undefined, true] as const) {
      assert.equal(await run('root', 'images', follow), undefined);
      assert.equal(await run('root', 'out/images', follow), 'E_LOCATION_DENIED');
    }
    assert.equal(await run('root/out', 'images'), 'E_LOCATION_DENIED');
  });

  test('a missing image is tried four times, counted in storage, and then quarantined', async (t) => {
    const cluster = await start(t);
    const own = await testRun(t, goodImages(4), { extraction: { partitions: 1 } });
    await rm(join(own.imagesFolder, 'a/00.jpg'));
    const { error } = await watch(cluster, await submit(cluster, own));
    assert.equal(error, undefined);
    const failures = await readFailures(own.store, 1);
    assert.deepEqual(
      failures.map(({ attempt, code, permanent }) => [attempt, code, permanent]),
      [
        [1, 'E_IMG_MISSING', false],
        [2, 'E_IMG_MISSING', false],
        [3, 'E_IMG_MISSING', false],
      ],
    );
    const commit = await jsonOf<Commit>(own.store, 'commits/part-00000.json');
    assert.deepEqual([commit.attempt, commit.quarantined], [4, { E_IMG_MISSING: 1 }]);
  });

  test('unreadable images fail the run and blame no image; a later epoch finishes it', async (t) => {
    const cluster = await start(t);
    const own = await testRun(t, goodImages(4), { extraction: { partitions: 2 } });
    await rename(own.imagesFolder, `${own.imagesFolder}-away`);
    const { error } = await watch(cluster, await submit(cluster, own));
    assert.equal(error?.code, 'E_INPUT_MISSING');
    assert.equal(await readSuccess(own.store), undefined);
    await rename(`${own.imagesFolder}-away`, own.imagesFolder);
    assert.equal((await watch(cluster, await submit(cluster, own))).error, undefined);
    assert.equal((await readSuccess(own.store))?.extracted, 4);
  });

  test('a location outside the allowed roots is refused; the coordinator names it', async (t) => {
    const cluster = await start(t, { roots: ['/nowhere'] });
    const own = await testRun(t, goodImages(2), { extraction: { partitions: 1 } });
    const { error } = await watch(cluster, await submit(cluster, own));
    assert.equal(error?.code, 'E_LOCATION_DENIED');
    assert.match(error?.message ?? '', /\/nowhere/);
  });

  test('reducers read images, and workers a run to reuse, only below their roots', async (t) => {
    const own = await testRun(t, goodImages(2), { extraction: { partitions: 1 } });
    const other = await testRun(t, goodImages(2), { extraction: { partitions: 1 } });
    const at = { by: WORKER, at: new Date().toISOString() };
    const withImages = { ...FINISH, csv: true, withImages: true };
    const deniedIn = async (
      options: Omit<InProcessOptions, 'url'>,
      asked: { finish: FinishOptions; reuse?: Reuse },
    ) => {
      const cluster = await start(t, options);
      const { manifest, store, images } = own;
      const { epoch } = await openEpoch(store, { cause: 'run', ...asked, ...at });
      const run: Run = { manifest, store, images, epoch };
      await cluster.executor.submit(run);
      return (await watch(cluster, run)).error;
    };
    const reuse = {
      location: other.store.describe(),
      runId: other.manifest.runId,
      identity: other.manifest.identity,
      whole: false,
    };
    const roots = [own.images.describe(), own.store.describe()];
    const reused = await deniedIn({ roots, reducerRoots: [] }, { finish: FINISH, reuse });
    assert.equal(reused?.code, 'E_LOCATION_DENIED');
    const finished = await deniedIn({ reducerRoots: [own.store.describe()] }, { finish: withImages });
    assert.equal(finished?.code, 'E_LOCATION_DENIED');
    assert.equal(await readSuccess(own.store), undefined);
  });

  test('a run whose queue was flushed is submitted again by its watcher, with the same bytes', async (t) => {
    const children = fakeChildren();
    const cluster = await start(t, { children });
    const files = { ...goodImages(6), 'b/99.jpg': 'HOLD' };
    const own = await testRun(t, files, { extraction: { partitions: 7 } });
    const run = await submit(cluster, own);
    let flushed: Promise<void> | undefined;
    const { events, error } = await watch(cluster, run, (event) => {
      if (event.type === 'partition:done') flushed ??= flush(cluster).then(children.release);
    });
    await flushed;
    assert.equal(error, undefined);
    assert.ok(
      events.some((event) => event.type === 'run:notice' && /submitted again in epoch 2/.test(event.text)),
    );
    assert.equal(await newestEpoch(own.store), 2);
    const local = await testRun(t, files, { extraction: { partitions: 7 } });
    const free = fakeChildren();
    free.release();
    await local.execute({ children: free });
    assert.deepEqual(await promisedHashes(own.store), await promisedHashes(local.store));
  });

  const flush = async ({ where }: InProcessCluster) => {
    const { Redis } = await import('ioredis');
    const client = new Redis(where.url);
    await client.flushall();
    await client.quit();
  };

  test('jobs of an epoch that another has followed end without effect', async (t) => {
    const children = fakeChildren();
    const cluster = await start(t, { children });
    const own = await testRun(t, { ...goodImages(2), 'b/99.jpg': 'HOLD' }, { extraction: { partitions: 3 } });
    const first = await submit(cluster, own);
    const second = await submit(cluster, own);
    assert.deepEqual([first.epoch, second.epoch], [1, 2]);
    const watching = [watch(cluster, first), watch(cluster, second)];
    const ref = { location: own.folder, runId: own.manifest.runId, epoch: 1, priority: 'normal' } as const;
    const held = async () => (await cluster.queue.states(ref, 'extract', [2])).get(2);
    for (let look = 0; (await held()) !== 'completed'; look += 1) {
      assert.ok(look < 400, 'what epoch 1 had under way has not ended in 20 s');
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    children.release();
    const [one, two] = await Promise.all(watching);
    assert.deepEqual([one?.error, two?.error], [undefined, undefined]);
    assert.ok(one?.events.some((event) => event.type === 'run:notice' && /epoch 2/.test(event.text)));
    assert.deepEqual(await readFailures(own.store, 1), []);
    const commit = await jsonOf<Commit>(own.store, 'commits/part-00002.json');
    assert.equal(commit.epoch, 2, 'what epoch 1 had under way is not committed by it');
  });

  test('with --strict the first worker sets the numeric class; others leave their jobs', async (t) => {
    const cluster = await start(t, { workers: 2, classes: ['one', 'other'] });
    const own = await testRun(t, goodImages(6), { extraction: { partitions: 6 } });
    const { manifest, store, images } = own;
    await store.create('class.json', classBytes(manifest.identity, 'one'));
    const run: Run = { manifest, store, images, epoch: await openTestEpoch(store, { strict: true }) };
    await cluster.executor.submit(run);
    const kept = await watch(cluster, run);
    assert.equal(kept.error, undefined);
    assert.deepEqual(await readFailures(store, 1), [], 'what is left to others uses no attempt');
    for (const partition of manifest.partitions.keys()) {
      const commit = await jsonOf<Commit>(store, `commits/part-0000${partition}.json`);
      assert.equal(commit.worker.name, 'worker-0', `partition ${partition}`);
    }
  });

  test('a job that names a run which is not there fails with its place, and workers go on', async (t) => {
    const cluster = await start(t);
    const own = await testRun(t, goodImages(2), { extraction: { partitions: 1 } });
    const stray = { location: `${own.folder}-gone`, runId: 'gone', epoch: 1, priority: 'high' } as const;
    await cluster.queue.submit(stray, 'extract', [0]);
    const { error } = await watch(cluster, await submit(cluster, own));
    assert.equal(error, undefined);
    assert.match((await cluster.queue.failedReason(stray, 'extract', 0)) ?? '', /^E_RUN_NOT_FOUND: /);
  });

  test('a damaged features file fails its partition, is kept, and leaves a record', async (t) => {
    const cluster = await start(t);
    const own = await testRun(t, goodImages(4), { extraction: { partitions: 2 } });
    await own.store.create('features/part-00001.parquet', Buffer.from('not a table'));
    const { error } = await watch(cluster, await submit(cluster, own));
    assert.equal(error?.code, 'E_PART_CORRUPT');
    const failures: Failure[] = await readFailures(own.store, 1);
    assert.deepEqual(
      failures.map(({ kind, partition, permanent }) => [kind, partition, permanent]),
      [['extract', 1, true]],
    );
    assert.equal((await own.store.read('features/part-00001.parquet')).status, 'read');
    const ref = { location: own.folder, runId: own.manifest.runId, epoch: 1, priority: 'normal' } as const;
    const reason = await cluster.queue.failedReason(ref, 'reduce', null);
    assert.match(reason ?? '', /^E_RUN_FAILED: extract of 1 of 2 partitions failed/);
  });

  test('a coordinator that cannot reach Redis says so at once', async () => {
    const own = { logger: silent, name: 'test', role: 'coordinator' } as const;
    const where = { url: 'redis://127.0.0.1:1', connectMs: 300, ...own };
    await assert.rejects(openQueue(where), { code: 'E_REDIS_UNREACHABLE' });
  });
});

function classBytes(runIdentity: string, numericClass: string): Buffer {
  const record = { format: 'verger-class-1', runIdentity, numericClass, worker: WORKER, at: 'then' };
  return Buffer.from(JSON.stringify(withSelfHash(record)));
}

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
