import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Commit, ReuseSource, RunEvent } from '@verger/core';
import { type FakeChildren, fakeChildren } from '@verger/testkit/fake-children';
import {
  bytesOf,
  type EpochOptions,
  type Files,
  goodImages,
  jsonOf,
  type PlanOptions,
  promisedHashes,
  runIn,
  type TestRun,
  testRun,
  writeFiles,
} from '@verger/testkit/run-harness';

let pairs = 0;
const IN_FIVES: PlanOptions = { extraction: { partitionSize: 5 } };
const FEATURES = 'features/part-00000.parquet';

/** Stops before the solver, which takes a second: features, sums and commits are what is asked about. */
async function extract(run: TestRun, options: EpochOptions = {}) {
  const ending = await run.execute({
    ...options,
    seen: (event, executor) => {
      if (event.type === 'stage:done' && event.stage === 'extract') void executor.close();
    },
  });
  assert.equal(ending.error?.code, 'E_INTERRUPTED', ending.error?.message);
  return ending;
}

/** A run whose partitions are committed. */
async function earlierRun(t: TestContext, files: Files, options: PlanOptions = IN_FIVES): Promise<TestRun> {
  const run = await testRun(t, files, options);
  await extract(run);
  return run;
}

const sourceOf = ({ manifest, store }: TestRun): ReuseSource => ({ manifest, store, whole: false });

/**
 * The same folder of images again, from scratch and with reuse: the promised bytes must be the same. Gives
 * what the reuse did.
 */
async function twice(earlier: TestRun, options: PlanOptions, children: () => FakeChildren = fakeChildren) {
  const folder = dirname(earlier.imagesFolder);
  pairs += 1;
  const scratch = await runIn(folder, {}, { ...options, name: `scratch-${pairs}` });
  await extract(scratch, { children: children() });
  const reused = await runIn(folder, {}, { ...options, name: `reused-${pairs}` });
  const ending = await extract(reused, { children: children(), reuse: sourceOf(earlier) });
  assert.deepEqual(await promisedHashes(reused.store), await promisedHashes(scratch.store));
  return { ...ending, run: reused };
}

async function reusedImages(run: TestRun): Promise<number> {
  let total = 0;
  for (const index of run.manifest.partitions.keys()) {
    const commit = await jsonOf<Commit>(run.store, `commits/part-${String(index).padStart(5, '0')}.json`);
    total += commit.reused ?? 0;
  }
  return total;
}

const refusals = (events: readonly RunEvent[]) =>
  events.flatMap((event) => (event.type === 'reuse:refused' ? [`${event.partition}: ${event.reason}`] : []));

test('after adding, removing and changing images only new and changed ones are inferred', async (t) => {
  const earlier = await earlierRun(t, goodImages(23));
  const images = earlier.imagesFolder;
  await rm(join(images, 'a/03.jpg'));
  await writeFiles(images, {
    'a/05.jpg': 'another',
    'a/05b.jpg': 'new',
    'c/x.jpg': 'last',
    '0.jpg': 'first',
  });
  const { run, children, events } = await twice(earlier, IN_FIVES);
  assert.deepEqual(
    ['another', 'new', 'last', 'first', 'image a/04.jpg'].map((content) => children.inferred(content)),
    [1, 1, 1, 1, 0],
  );
  assert.equal(children.asked.length, 4);
  assert.equal(await reusedImages(run), 21);
  assert.deepEqual(refusals(events), []);
  const counted = events.flatMap((event) => (event.type === 'images:done' ? [event.extracted] : []));
  assert.equal(
    counted.reduce((total, count) => total + count, 0),
    25,
  );
});

test('another cut of the same listing takes every row, for any two cuts', async (t) => {
  const earlier = await earlierRun(
    t,
    { ...goodImages(7), 'a/02x.jpg': 'BAD:E_IMG_DECODE' },
    {
      extraction: { partitionSize: 4 },
    },
  );
  for (const partitionSize of [3, 20]) {
    const { children, run } = await twice(earlier, { extraction: { partitionSize } });
    assert.equal(children.asked.length, 0);
    assert.equal(await reusedImages(run), 7);
  }
});

test('a partition with the same listing is copied: nothing is decoded or summed again', async (t) => {
  const earlier = await earlierRun(t, goodImages(12));
  await writeFiles(earlier.imagesFolder, { 'z.jpg': 'after the last' });
  const { children } = await twice(earlier, IN_FIVES);
  assert.deepEqual([children.asked.length, children.calls('reuse'), children.calls('encode')], [1, 1, 1]);
});

test('a run that opens more reuses features and retries refusals; one of less takes none', async (t) => {
  const files = {
    ...goodImages(7),
    'a/02x.jpg': 'BAD:E_IMG_TOO_MANY_PIXELS',
    'b/x.tif': 'BAD:E_IMG_FORMAT_DENIED',
  };
  const glob = ['*.jpg', '*.tif'];
  const plain = await earlierRun(t, files, { extraction: { partitionSize: 5, glob } });
  const more = { partitionSize: 5, glob, maxPixels: 60_000_000, formats: ['tiff'] } as const;
  const larger = await twice(plain, { extraction: { ...more, formats: ['tiff'] } });
  assert.deepEqual([...larger.children.asked].sort(), [
    'BAD:E_IMG_FORMAT_DENIED',
    'BAD:E_IMG_TOO_MANY_PIXELS',
  ]);
  const smaller = await twice(larger.run, { extraction: { partitionSize: 5, glob } });
  assert.equal(smaller.children.asked.length, 9);
});

test('every decode gets what its run opens, and nothing where that is the default', async (t) => {
  const seen: unknown[] = [];
  const children = () =>
    fakeChildren({ before: (request) => void (request.kind === 'images' && seen.push(request.limits)) });
  const run = await testRun(t, goodImages(3), { extraction: { maxPixels: 9, formats: ['tiff'] } });
  await extract(run, { children: children() });
  assert.ok(seen.length > 0);
  for (const limits of seen.splice(0)) assert.deepEqual(limits, { maxPixels: 9, formats: ['tiff'] });
  await extract(await testRun(t, goodImages(3)), { children: children() });
  assert.ok(seen.length > 0 && seen.every((limits) => limits === undefined));
});

test('labels are those of the new run', async (t) => {
  const earlier = await earlierRun(t, goodImages(6));
  const { children } = await twice(earlier, { extraction: { partitionSize: 5, label: 'none' } });
  assert.equal(children.asked.length, 0);
});

test('a touched image is extracted again, the same bytes or not', async (t) => {
  const earlier = await earlierRun(t, goodImages(6));
  await writeFile(join(earlier.imagesFolder, 'a/01.jpg'), 'image a/01.jpg');
  const { children } = await twice(earlier, IN_FIVES);
  assert.equal(children.inferred('image a/01.jpg'), 1);
  assert.equal(children.asked.length, 1);
});

test('quarantine from the bytes is taken, that from the surroundings is tried again', async (t) => {
  const bad = { 'a/b.jpg': 'BAD:E_IMG_DECODE', 'a/c.jpg': 'CRASH' };
  const earlier = await earlierRun(t, { ...goodImages(3), ...bad });
  const { children } = await twice(earlier, { extraction: { partitionSize: 4 } });
  assert.ok(children.asked.length > 0 && children.alone.length > 0);
  assert.deepEqual(new Set(children.alone), new Set(['CRASH']));
  const whole = await twice(earlier, IN_FIVES).then((ending) => ending.children);
  assert.deepEqual(new Set(whole.alone), new Set(['CRASH']), 'a partition with such an image is not copied');
});

test('rows of another numeric class are not taken, and that is told', async (t) => {
  const earlier = await earlierRun(t, goodImages(7));
  const other = () => fakeChildren({ numericClass: 'other' });
  for (const partitionSize of [5, 4]) {
    const { events, run } = await twice(earlier, { extraction: { partitionSize } }, other);
    assert.equal(await reusedImages(run), 0);
    assert.deepEqual(refusals(events).sort(), ['0: of another numeric class', '1: of another numeric class']);
  }
});

/** What may be wrong with the first partition of the earlier run, and what is told of it. */
const DAMAGE: Record<string, [file: string, told: RegExp]> = {
  features: [FEATURES, /^0: E_PART_CORRUPT/],
  commit: ['commits/part-00000.json', /^0: E_RUN_CORRUPT/],
  listing: ['listing/part-00000.jsonl', /^0: E_RUN_CORRUPT/],
};

for (const [what, [file, told]] of Object.entries(DAMAGE)) {
  test(`a damaged file of the earlier run (${what}) is told of, and its images are extracted`, async (t) => {
    const earlier = await earlierRun(t, goodImages(7));
    const bytes = Buffer.from(await bytesOf(earlier.store, file));
    const middle = Math.floor(bytes.length / 2);
    bytes[middle] = bytes[middle]! ^ 1;
    await earlier.store.replace(file, bytes);
    const { events, run } = await twice(earlier, { extraction: { partitionSize: 4 } });
    assert.equal(refusals(events).length, 1);
    assert.match(refusals(events)[0]!, told);
    assert.equal(await reusedImages(run), 2);
  });
}

test('damaged sums do not matter where rows are taken, and keep a partition from being copied', async (t) => {
  const earlier = await earlierRun(t, goodImages(7));
  const file = 'sums/part-00001.sums';
  const bytes = Buffer.from(await bytesOf(earlier.store, file));
  bytes[1000] = bytes[1000]! ^ 1;
  await earlier.store.replace(file, bytes);
  const copied = await twice(earlier, IN_FIVES);
  assert.deepEqual(
    refusals(copied.events).map((text) => text.slice(0, 18)),
    ['1: E_PART_CORRUPT:'],
  );
  assert.equal(await reusedImages(copied.run), 5);
});

test('what an unfinished run has committed is taken', async (t) => {
  const earlier = await earlierRun(t, goodImages(7));
  await earlier.store.remove('commits/part-00001.json');
  const { events, run } = await twice(earlier, { extraction: { partitionSize: 4 } });
  assert.deepEqual(refusals(events), ['1: not committed']);
  assert.equal(await reusedImages(run), 5);
});

test('another attempt reuses nothing twice; a stopped run goes on without the source', async (t) => {
  const earlier = await earlierRun(t, goodImages(12));
  await writeFiles(earlier.imagesFolder, { 'a/00b.jpg': 'HOLD', 'b/99.jpg': 'new' });
  const folder = dirname(earlier.imagesFolder);
  const run = await runIn(folder, {}, { ...IN_FIVES, name: 'stopped' });
  const children = fakeChildren();
  const { error } = await run.execute({
    children,
    reuse: sourceOf(earlier),
    seen: (event, executor) => {
      if (event.type === 'partition:done') void executor.close();
    },
  });
  assert.equal(error?.code, 'E_INTERRUPTED');
  await rm(earlier.folder, { recursive: true });
  const held = fakeChildren();
  held.release();
  await extract(run, { children: held });
  const scratch = await runIn(folder, {}, { ...IN_FIVES, name: 'scratch' });
  const free = fakeChildren();
  free.release();
  await extract(scratch, { children: free });
  assert.deepEqual(await promisedHashes(run.store), await promisedHashes(scratch.store));
});
