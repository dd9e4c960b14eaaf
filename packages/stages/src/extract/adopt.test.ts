import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type Commit, FEATURES, type Quarantined, withSelfHash } from '@verger/core';
import { encodeFeatures } from '@verger/tables';
import { fakeChildren, fakeFeatures } from '@verger/testkit/fake-children';
import { faultyStorage } from '@verger/testkit/faulty-storage';
import { FINGERPRINT } from '@verger/testkit/rows';
import { bytesOf, goodImages, jsonOf, keysOf, type TestRun, testRun } from '@verger/testkit/run-harness';

const FEATURES_FILE = 'features/part-00000.parquet';
const SUMS_FILE = 'sums/part-00000.sums';
const COMMIT_FILE = 'commits/part-00000.json';
const PATHS = ['a/00.jpg', 'a/01.jpg', 'b/02.jpg', 'b/03.jpg'];

/** Stops before the solver: what is asked here is over then. */
async function extract(run: TestRun, children = fakeChildren()) {
  const ending = await run.execute({
    children,
    seen: (event, executor) => {
      if (event.type === 'stage:done' && event.stage === 'extract') void executor.close();
    },
  });
  return { ...ending, error: ending.error?.code === 'E_INTERRUPTED' ? undefined : ending.error };
}

const oneRun = (t: TestContext) => testRun(t, goodImages(4));

interface Rows {
  readonly paths?: readonly string[];
  readonly labels?: readonly string[];
  readonly quarantined?: readonly Quarantined[];
  readonly fingerprint?: typeof FINGERPRINT;
  readonly change?: (features: Float32Array) => void;
}

/** A features file that is encoded and consistent in itself. */
function featuresFile(rows: Rows = {}): Uint8Array {
  const { paths = PATHS, quarantined = [], fingerprint = FINGERPRINT } = rows;
  const labels = rows.labels ?? paths.map((path) => path[0]!);
  const features = new Float32Array(paths.length * FEATURES);
  for (const [row, path] of paths.entries()) {
    features.set(fakeFeatures(Buffer.from(`image ${path}`)), row * FEATURES);
  }
  rows.change?.(features);
  const listed = paths.length + quarantined.length;
  return encodeFeatures(
    { paths, labels, features },
    { fingerprint, numericClass: 'other', listed, quarantined },
  );
}

test('a stored features file is adopted: nothing is inferred, and the commit says so', async (t) => {
  const run = await oneRun(t);
  await run.store.create(FEATURES_FILE, featuresFile());
  const { error, children } = await extract(run);
  assert.equal(error, undefined);
  assert.equal(children.calls('images'), 0);
  const commit = await jsonOf<Commit>(run.store, COMMIT_FILE);
  assert.deepEqual([commit.adopted, commit.extracted, commit.numericClass], [true, 4, 'other']);

  const own = await oneRun(t);
  await extract(own);
  assert.deepEqual(await bytesOf(run.store, SUMS_FILE), await bytesOf(own.store, SUMS_FILE));
});

const quarantined = (path: string): Quarantined => ({
  path,
  label: path[0]!,
  code: 'E_IMG_CRASH',
  reason: 'The child process died while it worked on the image.',
  bytes: Buffer.byteLength(`image ${path}`),
  environmental: true,
});

const REFUSED: readonly [string, () => Uint8Array | Promise<Uint8Array>][] = [
  [
    'a flipped bit in a number',
    () => {
      const bytes = featuresFile();
      const at = Buffer.from(bytes).indexOf(Buffer.from(fakeFeatures(Buffer.from('image b/02.jpg')).buffer));
      assert.ok(at > 0);
      bytes[at + 1]! ^= 1;
      return bytes;
    },
  ],
  ['half a file', () => featuresFile().subarray(0, 10_000)],
  ['no bytes', () => new Uint8Array(0)],
  [
    'features of another extractor',
    () => featuresFile({ fingerprint: { ...FINGERPRINT, weightsSha256: 'cd'.repeat(32) } }),
  ],
  ['an image too few', () => featuresFile({ paths: PATHS.slice(1) })],
  ['an image too many', () => featuresFile({ paths: [...PATHS, 'b/04.jpg'] })],
  ['an image twice', () => featuresFile({ paths: [...PATHS, 'b/03.jpg'] })],
  ['images in another order', () => featuresFile({ paths: [...PATHS].reverse() })],
  ['another label', () => featuresFile({ labels: ['a', 'a', 'a', 'b'] })],
  ['an image in rows and in quarantine', () => featuresFile({ quarantined: [quarantined('b/03.jpg')] })],
  [
    'quarantine with other bytes than listed',
    () => featuresFile({ paths: PATHS.slice(0, 3), quarantined: [{ ...quarantined('b/03.jpg'), bytes: 1 }] }),
  ],
  [
    'a number that no feature can be',
    () =>
      featuresFile({
        change: (features) => {
          features[7] = 9;
        },
      }),
  ],
];

for (const [what, make] of REFUSED) {
  test(`a features file with ${what} is E_PART_CORRUPT: no commit, and it stays`, async (t) => {
    const run = await oneRun(t);
    const bytes = await make();
    await run.store.create(FEATURES_FILE, bytes);
    const { error, children, pausesMs } = await extract(run);
    assert.equal(error?.code, 'E_PART_CORRUPT');
    assert.equal(error?.place.partition, 0);
    assert.match(error?.place.location ?? '', /features\/part-00000\.parquet$/);
    assert.deepEqual(pausesMs, []);
    assert.equal(children.calls('images'), 0);
    assert.deepEqual(await keysOf(run.store, 'sums/'), []);
    assert.deepEqual(await keysOf(run.store, 'commits/'), []);
    assert.deepEqual(await bytesOf(run.store, FEATURES_FILE), new Uint8Array(bytes));
  });
}

test('quarantine that accounts for what the rows lack is adopted', async (t) => {
  const run = await oneRun(t);
  await run.store.create(
    FEATURES_FILE,
    featuresFile({ paths: PATHS.slice(0, 3), quarantined: [quarantined('b/03.jpg')] }),
  );
  assert.equal((await extract(run)).error, undefined);
  const commit = await jsonOf<Commit>(run.store, COMMIT_FILE);
  assert.deepEqual([commit.listed, commit.extracted, commit.quarantined], [4, 3, { E_IMG_CRASH: 1 }]);
});

test('sums that are not those of the features are E_SUMS_CORRUPT, and there is no commit', async (t) => {
  const other = await testRun(t, { ...goodImages(3), 'b/99.jpg': 'another image' });
  await extract(other);
  const run = await oneRun(t);
  await run.store.create(SUMS_FILE, await bytesOf(other.store, SUMS_FILE));
  const { error, pausesMs } = await extract(run);
  assert.equal(error?.code, 'E_SUMS_CORRUPT');
  assert.deepEqual(pausesMs, []);
  assert.deepEqual(await keysOf(run.store, 'commits/'), []);
});

test('sums that are damaged after their commit are E_SUMS_CORRUPT in reduce, by name', async (t) => {
  const run = await oneRun(t);
  await extract(run);
  const bytes = Buffer.from(await bytesOf(run.store, SUMS_FILE));
  bytes[bytes.length - 100]! ^= 1;
  await writeFile(join(run.folder, SUMS_FILE), bytes);
  const { error } = await run.execute();
  assert.equal(error?.code, 'E_SUMS_CORRUPT');
  assert.match(error?.place.location ?? '', /sums\/part-00000\.sums$/);
  assert.ok(!(await keysOf(run.store)).includes('pca/model.json'));
});

for (const [what, change] of [
  ['another run', { runIdentity: 'ef'.repeat(32) }],
  ['another partition', { partition: 1 }],
  ['another count', { listed: 5, extracted: 5 }],
  ['counts that do not add up', { extracted: 3 }],
] as const) {
  test(`a commit of ${what} is E_RUN_CORRUPT, and nothing is built on it`, async (t) => {
    const run = await oneRun(t);
    await extract(run);
    const { selfHash: _, ...commit } = await jsonOf<Commit>(run.store, COMMIT_FILE);
    const changed = withSelfHash({ ...commit, ...change });
    await run.store.replace(COMMIT_FILE, Buffer.from(JSON.stringify(changed)));
    const { error } = await run.execute();
    assert.equal(error?.code, 'E_RUN_CORRUPT');
    assert.match(error?.place.location ?? '', /commits\/part-00000\.json$/);
  });
}

test('features that are not those of their commit are E_PART_CORRUPT in project', async (t) => {
  const run = await oneRun(t);
  const changed = featuresFile({ change: (features) => features.fill(1) });
  const store = faultyStorage(run.store, {
    before: async ({ kind, key }) => {
      if (kind === 'create' && key === 'pca/model.json') await run.store.replace(FEATURES_FILE, changed);
    },
  });
  const { error } = await run.execute({ store });
  assert.equal(error?.code, 'E_PART_CORRUPT');
  assert.match(error?.place.location ?? '', /features\/part-00000\.parquet$/);
});

test('a model that is damaged is E_RUN_CORRUPT before anything is projected with it', async (t) => {
  const run = await oneRun(t);
  await run.execute({
    seen: (event, executor) => {
      if (event.type === 'stage:done' && event.stage === 'reduce') void executor.close();
    },
  });
  await run.store.remove('projection/part-00000.parquet');
  await run.store.remove('_SUCCESS');
  await run.store.replace('pca/model.json', Buffer.from('{"format":"verger-pca-1"'));
  const { error } = await run.execute();
  assert.equal(error?.code, 'E_RUN_CORRUPT');
  assert.match(error?.place.location ?? '', /pca\/model\.json$/);
  assert.deepEqual(await keysOf(run.store, 'projection/'), []);
});
