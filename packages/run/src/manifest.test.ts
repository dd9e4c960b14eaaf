import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import {
  canonicalJson,
  type ExtractionOptions,
  type Fingerprint,
  isSealed,
  type PcaOptions,
} from '@verger/core';
import type { ListingSpool } from '@verger/listing';
import { FINGERPRINT } from '@verger/testkit/rows';
import {
  EXTRACTION,
  goodImages,
  PCA,
  type PlanOptions,
  planFolder,
  temporaryFolder,
  writeFiles,
} from '@verger/testkit/run-harness';
import { manifestDifferences, planManifest, runIdentity } from './manifest.ts';
import { recordBytes } from './records.ts';

const HASH = 'ab'.repeat(32);
const SAME = { extraction: EXTRACTION, pca: PCA, fingerprint: FINGERPRINT };

async function folderOf(t: TestContext, count: number): Promise<string> {
  const folder = await temporaryFolder(t);
  await writeFiles(folder, goodImages(count));
  return folder;
}

/** A listing of which only the counts are asked. */
function counting(images: number, given = Math.min(images, 3), refused = 0): ListingSpool {
  const refs = Array.from({ length: given }, (_, index) => ({
    ...{ path: `${index}.jpg`, label: '', bytes: 1, version: 'etag:x' },
  }));
  return {
    ...{
      sha256: HASH,
      images,
      bytes: images,
      labels: 1,
      unlabelled: images,
      refused,
      dispose: async () => {},
    },
    async *read() {
      yield* refs;
    },
    async *lines() {
      yield Buffer.from(refs.map((ref) => `${canonicalJson(ref)}\n`).join(''));
    },
  };
}

const plan = (images: number, pca: Partial<PcaOptions> = {}, refused = 0) =>
  planManifest(
    { ...SAME, images: '/images', pca: { ...PCA, ...pca }, name: null },
    counting(images, undefined, refused),
  );

test('the same listing and options give the same manifest, byte for byte', async (t) => {
  const folder = await folderOf(t, 5);
  const manifests = [];
  for (let times = 0; times < 2; times += 1) manifests.push((await planFolder(t, folder)).manifest);
  assert.deepEqual(recordBytes(manifests[0]!), recordBytes(manifests[1]!));
  assert.ok(isSealed(manifests[0]!));
  assert.equal(manifests[0]?.runId, manifests[0]?.identity.slice(0, 12));
  assert.deepEqual(manifestDifferences(manifests[0]!, manifests[1]!), []);
});

/** Another value for each option; a new option without one does not compile. */
const OTHER_EXTRACTION: ExtractionOptions = {
  glob: ['*.png'],
  label: 'none',
  limit: 7,
  sample: 0.5,
  seed: 1,
  partitions: 3,
  partitionSize: 9,
};
const OTHER_PCA: Record<keyof PcaOptions, Partial<PcaOptions>> = {
  variance: { variance: 0.9 },
  components: { variance: null, components: 3 },
  standardise: { standardise: true },
  sparkCompatible: { sparkCompatible: true },
};
const OTHER_FINGERPRINT: Partial<Fingerprint> = { weightsSha256: 'cd'.repeat(32), weightsKind: 'custom' };

test('the identity changes with listing, weights, and each option of extraction and PCA', () => {
  const identities = [runIdentity(HASH, SAME), runIdentity('cd'.repeat(32), SAME)];
  for (const [option, value] of Object.entries(OTHER_EXTRACTION)) {
    identities.push(runIdentity(HASH, { ...SAME, extraction: { ...EXTRACTION, [option]: value } }));
  }
  for (const change of Object.values(OTHER_PCA)) {
    identities.push(runIdentity(HASH, { ...SAME, pca: { ...PCA, ...change } }));
  }
  for (const [field, value] of Object.entries(OTHER_FINGERPRINT)) {
    identities.push(runIdentity(HASH, { ...SAME, fingerprint: { ...FINGERPRINT, [field]: value } }));
  }
  assert.equal(new Set(identities).size, identities.length);
});

test('the identity does not change with name, place or order of fields', async (t) => {
  const named = await planFolder(t, await folderOf(t, 3), { name: 'mine' });
  assert.equal(named.manifest.runId, 'mine');
  const { extraction, pca, fingerprint } = SAME;
  const turned = Object.fromEntries(Object.entries(extraction).reverse()) as ExtractionOptions;
  assert.equal(
    runIdentity(HASH, { extraction: turned, pca, fingerprint }),
    runIdentity(HASH, { fingerprint, pca, extraction }),
  );
  const operational = { ...SAME, output: '/elsewhere', processes: 3, images: '/other', name: 'x' };
  assert.equal(runIdentity(HASH, operational), runIdentity(HASH, SAME));
});

test('partitions and counts are those of the listing', async (t) => {
  const { manifest, spool } = await planFolder(t, await folderOf(t, 5), { extraction: { partitions: 2 } });
  assert.deepEqual(
    manifest.partitions.map(({ images }) => images),
    [3, 2],
  );
  assert.equal(manifest.listing.images, 5);
  assert.equal(manifest.listing.sha256, spool.sha256);
  assert.equal(
    manifest.partitions.reduce((total, { bytes }) => total + bytes, 0),
    manifest.listing.bytes,
  );
});

test('a partition of more images than a child takes at once is refused, whoever asked for it', async () => {
  const one = (images: number) =>
    planManifest(
      { ...SAME, extraction: { ...EXTRACTION, partitions: 1 }, images: '/images', name: null },
      counting(images, images),
    );
  await assert.rejects(one(20_001), { code: 'E_PART_TOO_LARGE', message: /20001/ });
  assert.equal((await one(20_000)).partitions.length, 1);
});

test('a listing that cannot be a run is refused before anything is written', async () => {
  await assert.rejects(plan(0), { code: 'E_NO_INPUT' });
  await assert.rejects(plan(59_652_324), { code: 'E_SUMS_RANGE' });
  await assert.doesNotReject(plan(59_652_323));
  assert.ok(59_652_323n * (6n * 65_536n) ** 2n < 1n << 63n);
  assert.ok(59_652_324n * (6n * 65_536n) ** 2n >= 1n << 63n);
  const components = (count: number) => ({ variance: null, components: count });
  await assert.rejects(plan(5, components(5)), { code: 'E_PCA_COMPONENTS', message: /at most 4/ });
  await assert.doesNotReject(plan(5, components(4)));
  const refused = { code: 'E_PCA_COMPONENTS' };
  await assert.rejects(plan(1, components(1)), { ...refused, message: /1 image gives at most 0/ });
  await assert.rejects(plan(5, components(4), 2), { ...refused, message: /3 images give at most 2/ });
  await assert.doesNotReject(plan(5, components(4), 5), 'all are refused: there will be no PCA');
});

test('differences are told field by field, theirs then ours', async (t) => {
  const folder = await folderOf(t, 4);
  const manifestOf = async (options: PlanOptions) => (await planFolder(t, folder, options)).manifest;
  const theirs = await manifestOf({});
  assert.deepEqual(manifestDifferences(theirs, await manifestOf({ pca: { variance: 0.9 } })), [
    'pca.variance: 0.75 -> 0.9',
  ]);
  const cut = manifestDifferences(theirs, await manifestOf({ extraction: { partitions: 2 } }));
  assert.deepEqual(cut.slice(0, 2), ['extraction.partitions: null -> 2', 'partitions.count: 1 -> 2']);
  await writeFiles(folder, { 'c/new.jpg': 'new' });
  const grown = manifestDifferences(theirs, await manifestOf({}));
  assert.ok(grown.includes('listing.images: 4 -> 5'), grown.join());
  assert.ok(grown.includes('listing.labels: 2 -> 3'));
  const elsewhere = { ...theirs, images: join(folder, 'x') };
  assert.match(manifestDifferences(theirs, elsewhere).join(), /^images: /);
});

test('the same listing cut otherwise, as by another release, is another run', async (t) => {
  const folder = await folderOf(t, 4);
  const { manifest } = await planFolder(t, folder);
  const [one] = manifest.partitions;
  const otherwise = { ...manifest, partitions: [{ ...one!, sha256: HASH }] };
  assert.match(manifestDifferences(manifest, otherwise).join(), /^partitions\.sha256: /);
});

test('what only one of two manifests has is a difference, whichever that is', async (t) => {
  const folder = await folderOf(t, 4);
  const { manifest } = await planFolder(t, folder);
  const int8 = { precision: 'int8', calibrationSha256: HASH } as const;
  const other = { ...manifest, fingerprint: { ...manifest.fingerprint, ...int8 } };
  const fields = (differences: readonly string[]) => differences.map((one) => one.split(':')[0]);
  const both = ['fingerprint.precision', 'fingerprint.calibrationSha256'];
  assert.deepEqual(fields(manifestDifferences(manifest, other)), both);
  assert.deepEqual(fields(manifestDifferences(other, manifest)), both);
});
