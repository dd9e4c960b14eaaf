import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import {
  cancelFile,
  type Epoch,
  epochFile,
  type Failure,
  type Manifest,
  RUN_FILES,
  runLayout,
  type Storage,
  sha256,
  withSelfHash,
} from '@verger/core';
import { markCancelled, readEpoch, recordBytes, recordFailure, runIdentity } from '@verger/run';
import { MISSING, type OtherFile, withOtherFiles } from '@verger/testkit/other-files';
import {
  bytesOf,
  CLOCK,
  goodImages,
  jsonOf,
  keysOf,
  openTestEpoch,
  runIn,
  SILENT,
  type TestRun,
  WORKER,
} from '@verger/testkit/run-harness';
import { Findings } from './finding.ts';
import {
  checkClass,
  checkEpochs,
  checkManifest,
  checkNames,
  checkTraces,
  manifestFaults,
} from './records.ts';

const FOLDER = 'failures/';

/** A run of two partitions: submitted once, failed once in the second one, then cancelled. */
let folder: string;
let run: TestRun;
let failure: string;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'verger-records-'));
  run = await runIn(folder, goodImages(3), { extraction: { partitions: 2 } });
  await openTestEpoch(run.store);
  const at = { run: { ...run, epoch: 1 }, layout: runLayout(run.manifest.partDigits), worker: WORKER };
  const failed = { attempt: 1, code: 'E_STORAGE', reason: 'No.', path: null, permanent: false };
  await recordFailure({ ...at, clock: CLOCK, logger: SILENT }, { stage: 'extract', partition: 1 }, failed);
  await markCancelled(run.store, 1, { by: WORKER, at: CLOCK.now() });
  failure = (await keysOf(run.store, FOLDER))[0]!;
});
after(() => rm(folder, { recursive: true, force: true }));

/** `severity file` of all that a check finds, where reads of some files give something else. */
async function found(
  check: (own: { store: Storage; manifest: Manifest }, findings: Findings) => Promise<unknown>,
  files: Readonly<Record<string, OtherFile>> = {},
  manifest: Partial<Manifest> = {},
): Promise<string[]> {
  const findings = new Findings(run.manifest);
  const own = { store: withOtherFiles(run.store, files), manifest: { ...run.manifest, ...manifest } };
  await check(own, findings);
  return findings.sorted().map(({ severity, file }) => `${severity} ${file}`);
}

/** A record of the run with other values, under a self-hash that holds. */
async function changed<T extends object>(file: string, change: Partial<T>): Promise<Uint8Array> {
  const { selfHash: _, ...record } = await jsonOf<T & { selfHash: string }>(run.store, file);
  return recordBytes(withSelfHash({ ...record, ...change }));
}

test('a manifest that adds up has no fault; each number and its identity are held against the others', () => {
  const { manifest } = run;
  assert.deepEqual(manifestFaults(manifest), []);
  const [first, second] = manifest.partitions;
  const faulty: Partial<Manifest>[] = [
    { partitions: [first!, { ...second!, images: second!.images + 1 }] },
    { partitions: [first!, { ...second!, bytes: second!.bytes + 1 }] },
    { partDigits: 6 },
    { identity: '0'.repeat(64) },
    { pca: { ...manifest.pca, variance: 0.5 } },
  ];
  for (const change of faulty) {
    assert.equal(manifestFaults({ ...manifest, ...change }).length, 1, JSON.stringify(change));
  }
  const fewer = { partitions: [first!] };
  assert.equal(manifestFaults({ ...manifest, ...fewer }).length, 2, 'images and bytes');
});

const MANIFEST = `fault ${RUN_FILES.manifest}`;

test('manifest.json is what verger prints, and the faults of its values are its own', async () => {
  assert.deepEqual(await found(checkManifest), []);
  assert.deepEqual(await found(checkManifest, {}, { identity: '0'.repeat(64) }), [MANIFEST]);
  assert.deepEqual(await found(checkManifest, { [RUN_FILES.manifest]: MISSING }), [MANIFEST]);
  const spaced = Buffer.concat([await bytesOf(run.store, RUN_FILES.manifest), Buffer.from('\n')]);
  assert.deepEqual(await found(checkManifest, { [RUN_FILES.manifest]: spaced }), [MANIFEST]);
});

test('the model that a transform is given is the one of its manifest', async () => {
  const bytes = Buffer.from('a model');
  const model = { sha256: sha256(bytes), runId: '0123456789ab' };
  const { listing, extraction, pca, fingerprint } = run.manifest;
  const identity = runIdentity(listing.sha256, { extraction, pca, fingerprint, model });
  const given = (other: OtherFile) =>
    found(checkManifest, { [RUN_FILES.givenModel]: other }, { model, identity });
  assert.deepEqual(await given(bytes), []);
  assert.deepEqual(await given(Buffer.from('another')), [`fault ${RUN_FILES.givenModel}`]);
  assert.deepEqual(await given(MISSING), [`fault ${RUN_FILES.givenModel}`]);
});

test('the calibration of a run with int8 is the one of its fingerprint', async () => {
  const bytes = Buffer.from('a calibration');
  const { listing, extraction, pca } = run.manifest;
  const int8 = { precision: 'int8', calibrationSha256: sha256(bytes) } as const;
  const fingerprint = { ...run.manifest.fingerprint, ...int8 };
  const identity = runIdentity(listing.sha256, { extraction, pca, fingerprint });
  const calibrated = (other: OtherFile) =>
    found(checkManifest, { [RUN_FILES.calibration]: other }, { fingerprint, identity });
  assert.deepEqual(await calibrated(bytes), []);
  assert.deepEqual(await calibrated(Buffer.from('another')), [`fault ${RUN_FILES.calibration}`]);
  assert.deepEqual(await calibrated(MISSING), [`fault ${RUN_FILES.calibration}`]);
});

/** Adds files to the run for one test. */
async function added(t: TestContext, files: readonly string[]): Promise<void> {
  for (const file of files) {
    const path = join(run.folder, file);
    t.after(() => rm(path, { recursive: true, force: true }));
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, 'x');
  }
}

test('names that a reader would take for data are faults, other strange ones are notes', async (t) => {
  const aside = 'set-aside/0001/features/part-00009.parquet';
  await added(t, ['features/part-00002.parquet', 'features/part-00000 (1).parquet', 'notes.txt', aside]);
  const signal = new AbortController().signal;
  let records: unknown;
  const names = await found(async (own, findings) => {
    records = await checkNames(own, { findings, signal });
  });
  assert.deepEqual(names, [
    'fault features/part-00000 (1).parquet',
    'fault features/part-00002.parquet',
    'note notes.txt',
  ]);
  assert.deepEqual(records, { epochs: [1], cancelled: [1], failures: [failure], setAside: 1 });
});

test('what has a strange name and is no regular file is for a person to remove', async () => {
  const file = 'features/part-00007.parquet';
  const entry = { key: file, bytes: 1, version: '', refused: 'E_IMG_NOT_A_FILE' } as const;
  const store = {
    ...run.store,
    async *list() {
      yield entry;
    },
  };
  const findings = new Findings(run.manifest);
  await checkNames({ store, manifest: run.manifest }, { findings, signal: new AbortController().signal });
  assert.deepEqual(
    findings.sorted().map(({ file, repair }) => [file, repair]),
    [[file, 'none']],
  );
});

const EPOCH = epochFile(1);

test('every epoch up to the newest that anything names is there, whole, and under its number', async () => {
  const epoch = await readEpoch(run.store);
  const check =
    (scope: { found: number[]; newest: number }, known: number[]) =>
    async (own: { store: Storage }, findings: Findings) => {
      const epochs = await checkEpochs(own.store, findings, scope);
      assert.deepEqual([...epochs.keys()], known);
      if (known.includes(1)) assert.deepEqual(epochs.get(1), epoch);
    };
  assert.deepEqual(await found(check({ found: [1], newest: 1 }, [1])), []);
  assert.deepEqual(await found(check({ found: [], newest: 0 }, [])), [], 'none yet');
  assert.deepEqual(await found(check({ found: [1], newest: 2 }, [1])), [`fault ${epochFile(2)}`]);
  const later = { found: [1, 3], newest: 1 };
  const gaps = [`fault ${epochFile(2)}`, `fault ${epochFile(3)}`];
  assert.deepEqual(await found(check(later, [1])), gaps);
  const one = check({ found: [1], newest: 1 }, []);
  assert.deepEqual(await found(one, { [EPOCH]: await changed<Epoch>(EPOCH, { epoch: 2 }) }), [
    `fault ${EPOCH}`,
  ]);
  assert.deepEqual(await found(one, { [EPOCH]: Buffer.from('{}') }), [`fault ${EPOCH}`]);
});

test('a failure’s record is that of the attempt that its name says', async () => {
  const check = (own: { store: Storage; manifest: Manifest }, findings: Findings) =>
    checkTraces(own, findings, { failures: [failure], cancelled: [] });
  assert.deepEqual(await found(check), []);
  const others: Partial<Failure>[] = [{ attempt: 2 }, { epoch: 2 }, { partition: 0 }, { kind: 'project' }];
  for (const change of others) {
    const other = { [failure]: await changed<Failure>(failure, change) };
    assert.deepEqual(await found(check, other), [`fault ${failure}`], JSON.stringify(change));
  }
  assert.deepEqual(await found(check, { [failure]: Buffer.from('[]') }), [`fault ${failure}`]);
});

test('a mark of cancelling is whole', async () => {
  const file = cancelFile(1);
  const check = (own: { store: Storage; manifest: Manifest }, findings: Findings) =>
    checkTraces(own, findings, { failures: [], cancelled: [1] });
  assert.deepEqual(await found(check), []);
  assert.deepEqual(await found(check, { [file]: Buffer.from('{}') }), [`fault ${file}`]);
});

test('the class record is this run’s, where there is one', async () => {
  const file = RUN_FILES.numericClass;
  const record = (runIdentity: string) =>
    recordBytes(
      withSelfHash({
        format: 'verger-class-1',
        ...{ runIdentity, numericClass: 'fake', worker: WORKER, at: CLOCK.now() },
      }),
    );
  assert.deepEqual(await found(checkClass), [], 'it need not be there');
  assert.deepEqual(await found(checkClass, { [file]: record(run.manifest.identity) }), []);
  assert.deepEqual(await found(checkClass, { [file]: record('0'.repeat(64)) }), [`fault ${file}`]);
});
