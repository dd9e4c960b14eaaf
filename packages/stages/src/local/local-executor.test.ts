import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  type Commit,
  type Failure,
  type Quarantined,
  type Report,
  RUN_FILES,
  runState,
  type Storage,
  type Success,
  sha256,
} from '@verger/core';
import { readStatus, readSuccess } from '@verger/run';
import { fakeChildren } from '@verger/testkit/fake-children';
import { faultyStorage } from '@verger/testkit/faulty-storage';
import {
  bytesOf,
  goodImages,
  hashesOf,
  jsonOf,
  keysOf,
  openTestEpoch,
  promisedHashes,
  testRun,
} from '@verger/testkit/run-harness';
import { verifySuccess } from '../../../run/src/success.ts';

const BAD = {
  'a/02-bad.jpg': 'BAD:E_IMG_TRUNCATED',
  'b/99-bad.jpg': 'BAD:E_IMG_DECODE',
  'a/03-bad.jpg': '',
};

test('a whole run: all files, counts that add up, quarantine in order, _SUCCESS right', async (t) => {
  const run = await testRun(t, { ...goodImages(8), ...BAD }, { extraction: { partitions: 3 } });
  const { error, verdict, events } = await run.execute({ finish: { csv: true, maxBad: 0.5 } });
  assert.equal(error, undefined);
  assert.equal(verdict, 'ok');

  const parts = (folder: string, extension: string) =>
    [0, 1, 2].map((part) => `${folder}/part-0000${part}.${extension}`);
  assert.deepEqual(
    await keysOf(run.store),
    [
      ...['_SUCCESS', 'manifest.json', 'pca/labels.json', 'pca/model.json', 'quarantine.jsonl'],
      ...['report.json', 'report.html', 'result.csv', 'timeline.json', 'epochs/0001.json'],
      ...parts('commits', 'json'),
      ...[...parts('features', 'parquet'), ...parts('listing', 'jsonl')],
      ...[...parts('projection', 'parquet'), ...parts('sums', 'sums')],
    ].sort(),
  );

  const success = (await verifySuccess(run.store)) as Success;
  assert.deepEqual([success.listed, success.extracted, success.quarantined], [11, 8, 3]);
  const hashes = await hashesOf(run.store);
  for (const [file, { sha256: expected }] of Object.entries(success.files))
    assert.equal(hashes[file], expected);
  assert.deepEqual(
    Object.keys(success.files).sort(),
    Object.keys(await promisedHashes(run.store)).sort(),
    'every promised file is in _SUCCESS',
  );

  const quarantine = Buffer.from(await bytesOf(run.store, RUN_FILES.quarantine)).toString('utf8');
  const records = quarantine
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Quarantined);
  assert.deepEqual(
    records.map(({ path, code, environmental }) => [path, code, environmental]),
    [
      ['a/02-bad.jpg', 'E_IMG_TRUNCATED', false],
      ['a/03-bad.jpg', 'E_IMG_EMPTY', false],
      ['b/99-bad.jpg', 'E_IMG_DECODE', false],
    ],
  );
  const report = await jsonOf<Report>(run.store, RUN_FILES.report);
  assert.equal(report.listed, report.extracted + report.quarantined);
  assert.deepEqual(
    report.labels.map(({ label, count }) => [label, count]),
    [
      ['a', 4],
      ['b', 4],
    ],
  );

  const told = { extracted: 0, quarantined: 0 };
  for (const event of events) {
    if (event.type !== 'images:done') continue;
    told.extracted += event.extracted;
    told.quarantined += event.quarantined;
  }
  assert.deepEqual(told, { extracted: 8, quarantined: 3 }, 'events add up too');
});

test('a partition is written as features, sums, commit, and _SUCCESS comes last', async (t) => {
  const run = await testRun(t, goodImages(4), { extraction: { partitions: 1 } });
  const store = faultyStorage(run.store, {});
  assert.equal((await run.execute({ store })).verdict, 'ok');
  const writes = store.calls.filter(({ write }) => write > 0).map(({ kind, key }) => `${kind} ${key}`);
  assert.deepEqual(writes, [
    'create features/part-00000.parquet',
    'create sums/part-00000.sums',
    'create commits/part-00000.json',
    'create pca/labels.json',
    'create pca/model.json',
    'create projection/part-00000.parquet',
    'create quarantine.jsonl',
    'replace report.json',
    'replace timeline.json',
    'replace report.html',
    'create _SUCCESS',
  ]);
});

test('an epoch that another opens while this one finishes is finished, too', async (t) => {
  const run = await testRun(t, goodImages(4), { extraction: { partitions: 1 } });
  let opened = 0;
  const store: Storage = {
    ...run.store,
    create: async (key, body) => {
      const created = await run.store.create(key, body);
      // After the finish has read which epoch it is, and before it looks again.
      if (key === RUN_FILES.quarantine && opened === 0)
        opened = await openTestEpoch(run.store, { finish: { csv: true } });
      return created;
    },
  };
  const { error, verdict } = await run.execute({ store });
  assert.equal(error, undefined);
  assert.equal(verdict, 'ok');
  assert.equal(opened, 2);
  const success = await verifySuccess(run.store);
  assert.equal(success?.epoch, 2);
  assert.ok(RUN_FILES.csv in (success?.files ?? {}), 'what the newer epoch asks');
});

test('the PCA model and the CSV are the same bytes for any number of partitions', async (t) => {
  const files = { ...goodImages(9), 'a/02-bad.jpg': 'BAD:E_IMG_DECODE' };
  const seen: string[] = [];
  for (const partitions of [1, 3, 7]) {
    const run = await testRun(t, files, { extraction: { partitions } });
    assert.equal((await run.execute({ finish: { csv: true, maxBad: 1 } })).verdict, 'ok');
    const hashes = await hashesOf(run.store);
    const same = [RUN_FILES.model, RUN_FILES.labels, RUN_FILES.csv, RUN_FILES.quarantine];
    seen.push(same.map((file) => hashes[file]).join());
    assert.equal((await keysOf(run.store, 'commits/')).length, partitions);
  }
  assert.equal(new Set(seen).size, 1);
});

test('nothing of time, worker, epoch or place is in the promised bytes', async (t) => {
  const [one, other] = [await testRun(t, goodImages(4)), await testRun(t, goodImages(4), { name: 'other' })];
  await one.execute({ finish: { csv: true } });
  await openTestEpoch(other.store, { finish: { csv: true } });
  await other.execute({ finish: { csv: true }, children: fakeChildren({ processes: 5 }) });
  assert.deepEqual(await promisedHashes(one.store), await promisedHashes(other.store));
});

test('when all images are bad there is no model, and the verdict is too-many-bad', async (t) => {
  const run = await testRun(t, { 'a/1.jpg': '', 'a/2.jpg': 'BAD:E_IMG_DECODE' });
  const { verdict, error } = await run.execute({ finish: { csv: true, maxBad: 1 } });
  assert.equal(error, undefined);
  assert.equal(verdict, 'too-many-bad');
  const success = (await verifySuccess(run.store)) as Success;
  assert.deepEqual([success.extracted, success.quarantined, success.k], [0, 2, null]);
  const keys = await keysOf(run.store);
  assert.ok(!keys.some((key) => /^(pca|projection)\/|csv/.test(key)), keys.join());
  assert.equal((await jsonOf<Report>(run.store, RUN_FILES.report)).pca, null);
});

test('more bad images than are allowed: everything is made, and the verdict says so', async (t) => {
  const run = await testRun(t, { ...goodImages(4), ...BAD });
  assert.equal((await run.execute({ finish: { maxBad: 0.4 } })).verdict, 'too-many-bad');
  assert.ok((await keysOf(run.store)).includes(RUN_FILES.model));
});

for (const [why, files, code] of [
  ['one image', goodImages(1), 'E_PCA_TOO_FEW'],
  ['one good image', { ...goodImages(1), 'b/bad.jpg': '' }, 'E_PCA_TOO_FEW'],
  ['images that are all the same', { 'a/1.jpg': 'x', 'a/2.jpg': 'x', 'b/3.jpg': 'x' }, 'E_PCA_NO_VARIANCE'],
] as const) {
  test(`${why}: the run fails with ${code} each time, and its features are kept`, async (t) => {
    const run = await testRun(t, files);
    const first = await run.execute();
    assert.equal(first.error?.code, code);
    assert.deepEqual(first.pausesMs, [], 'what cannot heal is not tried again');
    const status = await readStatus(run.store, run.manifest);
    assert.equal(runState(status.facts), 'failed');
    assert.equal(status.commits.size, 1);
    const before = await promisedHashes(run.store);
    const again = await run.execute();
    assert.equal(again.error?.code, code);
    assert.equal(again.children.calls('images'), 0);
    assert.deepEqual(await promisedHashes(run.store), before);
    const failures = await keysOf(run.store, 'failures/');
    assert.equal(failures.length, 2);
    const record = await jsonOf<Failure>(run.store, failures[0]!);
    assert.deepEqual([record.kind, record.code, record.permanent], ['reduce', code, true]);
  });
}

test('images that are gone at the root fail the run, and nothing is put in quarantine', async (t) => {
  for (const left of ['nothing', 'an empty folder']) {
    const run = await testRun(t, goodImages(4));
    await rm(left === 'nothing' ? run.imagesFolder : join(run.imagesFolder, 'a'), { recursive: true });
    if (left !== 'nothing') await rm(join(run.imagesFolder, 'b'), { recursive: true });
    const images = faultyStorage(run.images, {});
    const { error, pausesMs } = await run.execute({ images });
    assert.equal(error?.code, 'E_INPUT_MISSING', left);
    assert.deepEqual(pausesMs, []);
    const reads = images.calls.filter(({ kind }) => kind === 'read');
    assert.equal(reads.length, 4, 'no image is tried again');
    assert.deepEqual(await keysOf(run.store, 'features/'), []);
  }
});

test('the commit says where its features come from, and the report counts numeric classes', async (t) => {
  const run = await testRun(t, goodImages(4), { extraction: { partitions: 2 } });
  await run.execute({
    children: fakeChildren({ numericClass: 'one' }),
    seen: (event, executor) => {
      if (event.type === 'stage:done' && event.stage === 'extract') void executor.close();
    },
  });
  await run.store.remove('commits/part-00001.json');
  await run.store.remove('sums/part-00001.sums');
  await run.store.remove('features/part-00001.parquet');
  assert.equal((await run.execute({ children: fakeChildren({ numericClass: 'two' }) })).verdict, 'ok');
  const commits = await Promise.all(
    [0, 1].map((part) => jsonOf<Commit>(run.store, `commits/part-0000${part}.json`)),
  );
  assert.deepEqual(
    commits.map(({ numericClass, epoch, adopted }) => [numericClass, epoch, adopted]),
    [
      ['one', 1, false],
      ['two', 2, false],
    ],
  );
  const report = await jsonOf<Report>(run.store, RUN_FILES.report);
  assert.equal(report.numericClasses.length, 2);
  assert.equal(
    (await readSuccess(run.store))?.files[RUN_FILES.model]?.sha256,
    sha256(await bytesOf(run.store, RUN_FILES.model)),
  );
});
