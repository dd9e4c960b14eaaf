import assert from 'node:assert/strict';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import {
  type FinishOptions,
  RUN_FILES,
  RUN_FOLDERS,
  type Storage,
  type Timeline,
  VergerError,
} from '@verger/core';
import { PoolError } from '@verger/pool';
import { NONE_INDEX, type ReportData, readEmbedded, SPRITE_TILES, TILE_PIXELS } from '@verger/report';
import { findDamage, readSuccess, reopenFinish } from '@verger/run';
import { examine, faultsOf } from '@verger/testkit/examined';
import { fakeChildren } from '@verger/testkit/fake-children';
import { faultyStorage } from '@verger/testkit/faulty-storage';
import { plantOrchard } from '@verger/testkit/images';
import {
  bytesOf,
  jsonOf,
  keysOf,
  promisedHashes,
  runIn,
  type TestRun,
  temporaryFolder,
} from '@verger/testkit/run-harness';
import sharp from 'sharp';

const PAGE: Partial<FinishOptions> = { maxBad: 1 };

const BROKEN = { 'apple/bad.jpg': 'BAD:E_IMG_DECODE', 'zoo/cut.jpg': 'BAD:E_IMG_TRUNCATED' };

let drawn: string;
// Before anything is decoded here: then no SVG can be drawn any more.
before(async () => {
  drawn = await mkdtemp(join(tmpdir(), 'verger-page-'));
  await plantOrchard(drawn, { kinds: 3, views: 5 });
});
after(() => rm(drawn, { recursive: true, force: true }));

/** A run of drawings of 3 kinds, and of broken files; the features are those of fake children. */
async function drawnRun(t: TestContext): Promise<TestRun> {
  const folder = await temporaryFolder(t);
  await cp(drawn, join(folder, 'images'), { recursive: true });
  const pca = { variance: null, components: 4 };
  return await runIn(folder, BROKEN, { extraction: { partitions: 3 }, pca });
}

/** The data of the page of a run. */
async function dataOf({ store }: Pick<TestRun, 'store'>): Promise<ReportData> {
  const text = Buffer.from(await bytesOf(store, RUN_FILES.htmlReport)).toString('utf8');
  const embedded = /<script type="text\/plain" id="data">([^<]*)</.exec(text)?.[1];
  assert.ok(embedded !== undefined);
  return await readEmbedded(embedded);
}

test('a finished run has a page with its points, labels, pictures and quarantine', async (t) => {
  const run = await drawnRun(t);
  assert.equal((await run.execute({ finish: PAGE })).verdict, 'ok');
  const { facts, points, sprites, tiles } = await dataOf(run);
  assert.deepEqual(facts.report, await jsonOf(run.store, RUN_FILES.report));
  assert.deepEqual(facts.timeline, await jsonOf(run.store, RUN_FILES.timeline));
  assert.equal(facts.noPictures, undefined);
  assert.ok(points !== null);
  assert.deepEqual([points.rows, points.count, points.components], [15, 15, 4]);
  assert.equal(facts.labels.length, 3);
  for (const [place, { count, compared, right, tiles: own, spread, nearest }] of facts.labels.entries()) {
    assert.deepEqual([count, compared], [5, 5]);
    assert.ok(right >= 0 && right <= 5 && spread > 0 && nearest !== place && nearest < 3);
    assert.equal(own.length, 5);
  }
  const counted = facts.confusion.cells.reduce((sum, [, , count]) => sum + count, 0);
  assert.deepEqual([counted, facts.confusion.compared], [15, 15]);
  assert.deepEqual(
    [...points.nearest].filter((place) => place === NONE_INDEX),
    [],
  );
  assert.equal(facts.components.length, 4);
  for (const { low, high } of facts.components) {
    assert.equal(low.length, 8);
    assert.ok((low[0]?.value ?? 0) <= (low[7]?.value ?? 0) && (high[0]?.value ?? 0) >= (high[7]?.value ?? 0));
    for (const { tile, path } of [...low, ...high]) assert.notEqual(tile, NONE_INDEX, path);
  }
  // 15 good ones; of the broken ones what cannot be decoded has none.
  assert.deepEqual(
    [...points.tiles].sort((a, b) => a - b),
    [...points.tiles.keys()].map((at) => at),
  );
  assert.ok(tiles >= 15);
  assert.equal(sprites.length, Math.ceil(tiles / SPRITE_TILES));
  const { width, format } = await sharp(Buffer.from(sprites[0] ?? [])).metadata();
  assert.deepEqual([width, format], [10 * TILE_PIXELS, 'webp']);
  const images = facts.quarantine.reduce((sum, { images: some }) => sum + some.length, 0);
  assert.equal(images, facts.report.quarantined);
});

test('a page that is not wanted is not made, and promised files are the same', async (t) => {
  const run = await drawnRun(t);
  await run.execute({ finish: { ...PAGE, htmlReport: false } });
  assert.ok(!(await keysOf(run.store)).includes(RUN_FILES.htmlReport));
  const before = await promisedHashes(run.store);
  await reopenFinish(run.store, []);
  const children = fakeChildren();
  await run.execute({ finish: PAGE, children });
  assert.deepEqual(await promisedHashes(run.store), before);
  assert.equal(children.calls('readProjection'), 0, 'each projection is decoded once');
  assert.ok(children.calls('compareRows') >= 3);
});

test('images that are gone, and a folder that is gone, cost pictures and nothing else', async (t) => {
  const run = await drawnRun(t);
  const { verdict } = await run.execute({ finish: { ...PAGE, htmlReport: false } });
  assert.equal(verdict, 'ok');
  const [first = ''] = (await keysOf(run.images)).filter((key) => /\.jpe?g$/.test(key));
  await writeFile(join(run.imagesFolder, first), 'another image');
  await reopenFinish(run.store, []);
  await run.execute({ finish: PAGE });
  const { points, facts } = await dataOf(run);
  const gone = points?.paths.indexOf(first) ?? -1;
  for (const [point, tile] of (points?.tiles ?? []).entries())
    assert.equal(tile === NONE_INDEX, point === gone);
  assert.equal(facts.noPictures, undefined);
  await rm(run.imagesFolder, { recursive: true });
  await reopenFinish(run.store, []);
  assert.equal((await run.execute({ finish: PAGE })).verdict, 'ok');
  assert.equal((await dataOf(run)).tiles, 0);
});

test('an image that ends its child costs its own picture only', async (t) => {
  const run = await drawnRun(t);
  await run.execute({ finish: { ...PAGE, htmlReport: false } });
  const [first = ''] = (await keysOf(run.images)).filter((key) => /\.jpe?g$/.test(key));
  const hostile = Buffer.from(await bytesOf(run.images, first));
  const children = fakeChildren({
    before: (request) => {
      if (request.kind !== 'thumbnails') return;
      if (request.images.some((bytes) => hostile.equals(bytes))) throw new PoolError('crash');
    },
  });
  await reopenFinish(run.store, []);
  assert.equal((await run.execute({ finish: PAGE, children })).verdict, 'ok');
  const { points, facts } = await dataOf(run);
  assert.equal([...(points?.tiles ?? [])].filter((tile) => tile === NONE_INDEX).length, 1);
  assert.equal(facts.noPictures, undefined);
  const all = fakeChildren({
    before: ({ kind }) => {
      if (kind === 'thumbnails') throw new PoolError('cpu');
    },
  });
  await reopenFinish(run.store, []);
  await run.execute({ finish: PAGE, children: all });
  const without = await dataOf(run);
  assert.match(without.facts.noPictures ?? '', /ended the process/);
  assert.ok(all.calls('thumbnails') <= 8);
});

test('an image in quarantine that ended its process is not decoded for the page', async (t) => {
  const run = await drawnRun(t);
  const [first = ''] = (await keysOf(run.images)).filter((key) => /\.jpe?g$/.test(key));
  const lethal = Buffer.from(await bytesOf(run.images, first));
  const children = fakeChildren({
    before: (request) => {
      if (request.kind !== 'images') return;
      if (request.images.some((bytes) => lethal.equals(bytes))) throw new PoolError('memory');
    },
  });
  assert.equal((await run.execute({ finish: PAGE, children })).verdict, 'ok');
  const { facts } = await dataOf(run);
  const images = facts.quarantine.flatMap(({ code, images: some }) =>
    some.map(({ path, tile }) => ({ code, path, hasPicture: tile !== NONE_INDEX })),
  );
  assert.deepEqual(images.map(({ code, hasPicture }) => `${code} ${hasPicture}`).sort(), [
    'E_IMG_DECODE false',
    'E_IMG_MEMORY false',
    'E_IMG_TRUNCATED false',
  ]);
});

test('whatever goes wrong in making the page, the run finishes without it', async (t) => {
  const run = await drawnRun(t);
  await run.execute({ finish: PAGE });
  const promised = await promisedHashes(run.store);
  const broken: Readonly<Record<string, Parameters<typeof fakeChildren>[0]>> = {
    compareRows: {},
    nearPairs: {},
    labelNeighbours: {},
    sprite: {},
  };
  for (const kind of Object.keys(broken)) {
    const children = fakeChildren({
      before: (request) => {
        if (request.kind === kind) throw new PoolError('memory');
      },
    });
    await reopenFinish(run.store, []);
    const { verdict, error } = await run.execute({ finish: PAGE, children });
    assert.equal(error, undefined, kind);
    assert.equal(verdict, 'ok', kind);
    assert.ok(children.calls(kind as 'sprite') > 0, kind);
    assert.ok(!(await keysOf(run.store)).includes(RUN_FILES.htmlReport), `${kind}: a stale page is gone`);
    assert.deepEqual(await promisedHashes(run.store), promised, kind);
  }
  const refusing = (store: Storage) =>
    faultyStorage(store, {
      before: ({ kind, key }) => {
        if (kind === 'replace' && key === RUN_FILES.htmlReport) throw new Error('no space for pages');
      },
    });
  await reopenFinish(run.store, []);
  assert.equal((await run.execute({ finish: PAGE, store: refusing(run.store) })).verdict, 'ok');
});

test('after a finish that ended in the making the page has no pictures, after two there is none', async (t) => {
  const run = await drawnRun(t);
  await run.execute({ finish: PAGE });
  const promised = await promisedHashes(run.store);
  await run.store.remove(RUN_FILES.success);
  const children = fakeChildren();
  assert.equal((await run.execute({ finish: PAGE, children })).verdict, 'ok');
  assert.equal(children.calls('thumbnails'), 0);
  assert.match((await dataOf(run)).facts.noPictures ?? '', /an earlier finish/);
  await run.store.remove(RUN_FILES.success);
  const last = fakeChildren();
  assert.equal((await run.execute({ finish: PAGE, children: last })).verdict, 'ok');
  assert.equal(last.calls('compareRows'), 0);
  assert.ok(!(await keysOf(run.store)).includes(RUN_FILES.htmlReport));
  assert.deepEqual(await promisedHashes(run.store), promised);
  assert.equal((await jsonOf<{ cutShort: number }>(run.store, RUN_FILES.timeline)).cutShort, 2);
  await reopenFinish(run.store, []);
  await run.execute({ finish: PAGE });
  assert.equal((await dataOf(run)).facts.noPictures, undefined, 'what is asked for again begins again');
});

test('a finish that wakes after another epoch has ended the run leaves its files as they are', async (t) => {
  const run = await drawnRun(t);
  let made: Record<string, Uint8Array> | undefined;
  const read = async () => ({
    report: await bytesOf(run.store, RUN_FILES.report),
    timeline: await bytesOf(run.store, RUN_FILES.timeline),
    htmlReport: await bytesOf(run.store, RUN_FILES.htmlReport),
  });
  const children = fakeChildren({
    before: async ({ kind }) => {
      if (kind !== 'versions' || made !== undefined) return;
      made = {};
      await run.execute({ finish: PAGE });
      made = await read();
    },
  });
  const { verdict, error } = await run.execute({ finish: PAGE, children });
  assert.deepEqual([verdict, error], ['ok', undefined]);
  assert.deepEqual(await read(), made);
});

test('failed attempts that cannot be read are left out of the timeline', async (t) => {
  const run = await drawnRun(t);
  let isReported = false;
  const store = faultyStorage(run.store, {
    before: ({ kind, key }) => {
      if (kind === 'replace') isReported = key === RUN_FILES.report;
      if (isReported && kind === 'list' && key === RUN_FOLDERS.failures)
        throw new VergerError('E_STORAGE', { location: run.store.describe() });
    },
  });
  const { verdict, error } = await run.execute({ finish: PAGE, store });
  assert.deepEqual([verdict, error], ['ok', undefined]);
  const { failures, failuresUnread } = await jsonOf<Timeline>(run.store, RUN_FILES.timeline);
  assert.deepEqual([failures, failuresUnread], [[], true]);
});

test('a page that is lost or damaged is no damage of the run', async (t) => {
  const run = await drawnRun(t);
  await run.execute({ finish: PAGE });
  await run.store.replace(RUN_FILES.htmlReport, Buffer.from('other'));
  assert.deepEqual(faultsOf(await examine(run)), []);
  assert.deepEqual((await findDamage(run.store))?.damaged, []);
  await run.store.remove(RUN_FILES.htmlReport);
  assert.deepEqual(faultsOf(await examine(run)), []);
  assert.ok((await readSuccess(run.store)) !== undefined);
});
