import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Commit, type Manifest, type Quarantined, sha256, withSelfHash } from '@verger/core';
import { recordBytes } from '@verger/run';
import { extractPartition, newPartition, stageContext } from '@verger/stages';
import { decodeFeatures, encodeFeatures } from '@verger/tables';
import { testServices } from '@verger/testkit/examined';
import { FORBIDDEN, MISSING, type OtherFile, REFUSED, withOtherFiles } from '@verger/testkit/other-files';
import { bytesOf, goodImages, jsonOf, runIn, type TestRun } from '@verger/testkit/run-harness';
import { Findings } from './finding.ts';
import { checkPartition, type Scope } from './partition.ts';

/** The second of two partitions: one image that cannot be decoded, then a good one. */
const PARTITION = 1;
const LISTING = 'listing/part-00001.jsonl';
const FEATURES_FILE = 'features/part-00001.parquet';
const SUMS = 'sums/part-00001.sums';
const COMMIT = 'commits/part-00001.json';

let run: TestRun;
let bytes: { listing: Uint8Array; features: Uint8Array; sums: Uint8Array };
let commit: Commit;
let folder: string;

const contextOf = (own: Pick<TestRun, 'manifest' | 'store' | 'images'>) =>
  stageContext(testServices(), {
    run: { ...own, epoch: 1 },
    signal: new AbortController().signal,
    emit: () => {},
  });

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'verger-partition-'));
  const images = { ...goodImages(4), 'b/03-bad.jpg': 'BAD:E_IMG_DECODE' };
  run = await runIn(folder, images, { extraction: { partitions: 2 } });
  for (const partition of [0, PARTITION]) {
    const attempt = { ...newPartition(0), partition, attempt: 1, last: false };
    await extractPartition(contextOf(run), attempt);
  }
  const [listing, features, sums] = await Promise.all(
    [LISTING, FEATURES_FILE, SUMS].map((file) => bytesOf(run.store, file)),
  );
  bytes = { listing: listing!, features: features!, sums: sums! };
  commit = await jsonOf<Commit>(run.store, COMMIT);
});
after(() => rm(folder, { recursive: true, force: true }));

interface Damage {
  readonly files?: Readonly<Record<string, OtherFile>>;
  readonly manifest?: Partial<Manifest>;
  readonly scope?: Partial<Scope>;
}

/** Files that are at fault, and which facts are still known. */
async function checked({ files = {}, manifest = {}, scope = {} }: Damage = {}) {
  const findings = new Findings(run.manifest);
  const damaged = {
    ...run,
    manifest: { ...run.manifest, ...manifest },
    store: withOtherFiles(run.store, files),
  };
  const all: Scope = { success: undefined, complete: false, ...scope, findings };
  const facts = await checkPartition(contextOf(damaged), all, PARTITION);
  const known = (['listing', 'commit', 'examined'] as const).filter((fact) => facts[fact] !== undefined);
  for (const { severity, partition, file, repair } of findings.sorted()) {
    assert.deepEqual([severity, partition], ['fault', PARTITION]);
    assert.equal(repair === 'none', files[file] === FORBIDDEN, 'what may not be read may be whole');
  }
  const faults = findings.sorted().map(({ file }) => file);
  return { faults, known: [...known, ...(facts.sumsGood ? ['sums'] : [])].join(' '), facts };
}

function committed(change: Partial<Commit>): Uint8Array {
  const { selfHash: _, ...record } = commit;
  return recordBytes(withSelfHash({ ...record, ...change }));
}

/** The features file with other rows, sealed and whole in itself. */
async function otherFeatures(
  change: (features: Float32Array) => void,
  quarantine: (one: Quarantined) => Quarantined = (one) => one,
): Promise<Uint8Array> {
  const { paths, labels, features, metadata } = await decodeFeatures(bytes.features);
  change(features);
  const quarantined = metadata.quarantined.map(quarantine);
  return encodeFeatures({ paths, labels, features }, { ...metadata, quarantined });
}

/** As the manifest counts the partition otherwise. */
function planned(change: Partial<Manifest['partitions'][number]>): Partial<Manifest> {
  const [first, second] = run.manifest.partitions;
  return { partitions: [first!, { ...second!, ...change }] };
}

test('a partition that nothing happened to has no fault, and everything of it is known', async () => {
  const { faults, known, facts } = await checked({ scope: { complete: true } });
  assert.deepEqual(faults, []);
  assert.equal(known, 'listing commit examined sums');
  assert.equal(facts.partition, PARTITION);
  assert.equal(sha256(facts.listing!), run.manifest.partitions[PARTITION]?.sha256);
  assert.deepEqual(facts.commit, commit);
  assert.deepEqual([facts.examined?.extracted, facts.examined?.rowsDigest], [1, commit.rowsDigest]);
});

const NOT_YET = { [FEATURES_FILE]: MISSING, [SUMS]: MISSING, [COMMIT]: MISSING };

test('a partition that is not extracted yet is no fault; one that was is lost whole', async () => {
  const early = await checked({ files: NOT_YET });
  assert.deepEqual([early.faults, early.known], [[], 'listing']);
  const late = await checked({ files: NOT_YET, scope: { complete: true } });
  assert.deepEqual([late.faults, late.known], [[COMMIT, FEATURES_FILE, SUMS], 'listing']);
});

/** What is damaged; the files that are at fault for it; the facts that are left. */
type Case = readonly [what: string, damage: () => Damage | Promise<Damage>, faults: string[], known: string];

const file = (name: string, other: OtherFile) => () => ({ files: { [name]: other } });
const inCommit = (change: Partial<Commit>) => () => ({ files: { [COMMIT]: committed(change) } });
const listed = (part: Uint8Array, change: Partial<Manifest['partitions'][number]> = {}) => ({
  files: { [LISTING]: part },
  manifest: planned({ sha256: sha256(part), bytes: run.manifest.partitions[PARTITION]!.bytes, ...change }),
});
const flip = (part: Uint8Array) =>
  part.map((byte, at) => (at === Math.floor(part.length / 2) ? byte ^ 1 : byte));
/** The same images, as they were at another time: nothing but its hash tells. */
const ofAnotherVersion = (part: Uint8Array) =>
  Buffer.from(Buffer.from(part).toString().replaceAll('"version":"', '"version":"x'));
const nothing = () => {};

const NO_LISTING = 'commit examined sums';
const NO_COMMIT = 'listing examined sums';
const NO_FEATURES = 'listing commit sums';
const NO_SUMS = 'listing commit examined';

const CASES: readonly Case[] = [
  ['the listing part is gone', file(LISTING, MISSING), [LISTING], NO_LISTING],
  [
    'the listing part is not the manifest’s',
    () => ({ files: { [LISTING]: ofAnotherVersion(bytes.listing) } }),
    [LISTING],
    NO_LISTING,
  ],
  ['the listing part is no listing', () => listed(Buffer.from('{}\n')), [LISTING], NO_LISTING],
  [
    'the listing part has other bytes than counted',
    () => listed(bytes.listing, { bytes: 1 }),
    [LISTING],
    NO_LISTING,
  ],
  ['the listing part may not be read', file(LISTING, FORBIDDEN), [LISTING], NO_LISTING],

  ['the commit is no record', file(COMMIT, Buffer.from('{}')), [COMMIT], NO_COMMIT],
  ['the commit is a folder', file(COMMIT, REFUSED), [COMMIT], NO_COMMIT],
  [
    'the commit was changed',
    () => ({ files: { [COMMIT]: recordBytes({ ...commit, attempt: 2 }) } }),
    [COMMIT],
    NO_COMMIT,
  ],
  ['the commit is of another run', inCommit({ runIdentity: '0'.repeat(64) }), [COMMIT], NO_COMMIT],
  ['the commit is of another partition', inCommit({ partition: 0 }), [COMMIT], NO_COMMIT],
  ['the commit does not add up', inCommit({ quarantined: {} }), [COMMIT], NO_COMMIT],
  ['the commit adds up to more than were listed', inCommit({ listed: 3, extracted: 2 }), [COMMIT], NO_COMMIT],
  ['the commit has another rows digest', inCommit({ rowsDigest: '0'.repeat(64) }), [COMMIT], NO_COMMIT],
  [
    'the commit has other sums',
    inCommit({ sums: { sha256: '0'.repeat(64), bytes: 1 } }),
    [COMMIT],
    NO_COMMIT,
  ],
  ['the commit counts other rows', inCommit({ extracted: 2, quarantined: {} }), [COMMIT], NO_COMMIT],
  ['the commit is of another numeric class', inCommit({ numericClass: 'other' }), [COMMIT], NO_COMMIT],
  [
    'the commit has another quarantine',
    inCommit({ quarantined: { E_IMG_TRUNCATED: 1 } }),
    [COMMIT],
    NO_COMMIT,
  ],

  ['features are gone', file(FEATURES_FILE, MISSING), [FEATURES_FILE], NO_FEATURES],
  [
    'features have a flipped bit',
    () => ({ files: { [FEATURES_FILE]: flip(bytes.features) } }),
    [FEATURES_FILE],
    NO_FEATURES,
  ],
  ['features may not be read', file(FEATURES_FILE, FORBIDDEN), [FEATURES_FILE], NO_FEATURES],
  [
    'features are whole, and not those of the commit',
    async () => ({ files: { [FEATURES_FILE]: await otherFeatures((row) => row.set([0.5])) } }),
    [FEATURES_FILE],
    NO_FEATURES,
  ],
  [
    'features are of another partition',
    async () => ({ files: { [FEATURES_FILE]: await bytesOf(run.store, 'features/part-00000.parquet') } }),
    [FEATURES_FILE],
    NO_FEATURES,
  ],
  [
    'features account for fewer images than were listed, where the listing is lost',
    () => ({ files: { [LISTING]: MISSING }, manifest: planned({ images: 3 }) }),
    [COMMIT, FEATURES_FILE, LISTING],
    '',
  ],
  [
    'the quarantine has a reason that is not that of its code',
    async () => ({
      files: {
        [FEATURES_FILE]: await otherFeatures(nothing, (one) => ({ ...one, reason: 'It is ugly.' })),
        [COMMIT]: MISSING,
      },
    }),
    [FEATURES_FILE, SUMS],
    'listing',
  ],

  [
    'the commit does not add up, and only it is left to say so',
    () => ({ files: { [COMMIT]: committed({ quarantined: {} }), [FEATURES_FILE]: MISSING } }),
    [COMMIT, FEATURES_FILE],
    'listing',
  ],
  ['sums are gone', file(SUMS, MISSING), [SUMS], NO_SUMS],
  ['sums are a folder', file(SUMS, REFUSED), [SUMS], NO_SUMS],
  ['sums may not be read', file(SUMS, FORBIDDEN), [SUMS], NO_SUMS],
  ['sums have a flipped bit', () => ({ files: { [SUMS]: flip(bytes.sums) } }), [SUMS], NO_SUMS],
  [
    'sums have a flipped bit, and only the commit is left to say so',
    () => ({ files: { [SUMS]: flip(bytes.sums), [FEATURES_FILE]: MISSING } }),
    [FEATURES_FILE, SUMS],
    'listing commit',
  ],
  [
    'there are sums, and neither features nor commit',
    () => ({ files: { [FEATURES_FILE]: MISSING, [COMMIT]: MISSING } }),
    [SUMS],
    'listing',
  ],
];

for (const [what, damage, faults, known] of CASES) {
  test(`${what}: at fault is ${faults.join(', ')}`, async () => {
    const found = await checked(await damage());
    assert.deepEqual([found.faults, found.known], [faults, known]);
  });
}

test('features and sums that no commit names yet are good, until the run must have had it', async () => {
  const early = await checked({ files: { [COMMIT]: MISSING } });
  assert.deepEqual([early.faults, early.known], [[], NO_COMMIT]);
  const late = await checked({ files: { [COMMIT]: MISSING }, scope: { complete: true } });
  assert.deepEqual([late.faults, late.known], [[COMMIT], NO_COMMIT]);
});

test('where features and commit differ, `_SUCCESS` tells which of the two was exchanged', async () => {
  const other = await otherFeatures((features) => features.set([0.5], 31));
  const files = { [FEATURES_FILE]: { sha256: sha256(other), bytes: other.length } };
  const success = { files } as unknown as Scope['success'];
  const { faults } = await checked({ files: { [FEATURES_FILE]: other }, scope: { success } });
  assert.deepEqual(faults, [COMMIT, SUMS], 'the sums are those of the features that were exchanged');
});

test('an error of the storage is no finding', async () => {
  const store = { ...run.store, read: () => Promise.reject(new Error('no storage')) };
  const scope: Scope = { findings: new Findings(run.manifest), success: undefined, complete: false };
  await assert.rejects(checkPartition(contextOf({ ...run, store }), scope, PARTITION), /no storage/);
  assert.deepEqual(scope.findings.sorted(), []);
});
