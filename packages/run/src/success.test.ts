import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import {
  type Epoch,
  epochFile,
  type FinishOptions,
  type ReadResult,
  RUN_FILES,
  type Storage,
  type Success,
  sha256,
  withSelfHash,
} from '@verger/core';
import { openLocalStorage } from '@verger/storage';
import { FINISH, temporaryFolder, WORKER } from '@verger/testkit/run-harness';
import { recordBytes } from './records.ts';
import {
  findDamage,
  hashStored,
  isDerived,
  readSuccess,
  refuseDamage,
  reopenFinish,
  verifySuccess,
} from './success.ts';

const MIB = 1024 * 1024;
const store = async (t: TestContext) => openLocalStorage(await temporaryFolder(t));
const fileOf = (bytes: Uint8Array) => ({ sha256: sha256(bytes), bytes: bytes.byteLength });

const DATA = {
  'features/part-00000.parquet': Buffer.from('features'),
  'projection/part-00000.parquet': Buffer.from('projection'),
  [RUN_FILES.csv]: Buffer.from('csv'),
};

/** A finished run of three data files, whose only epoch asked for a CSV. */
async function finished(t: TestContext): Promise<{ run: Storage; success: Success }> {
  const run = await store(t);
  const files = Object.fromEntries(Object.entries(DATA).map(([file, bytes]) => [file, fileOf(bytes)]));
  const counts = { listed: 1, extracted: 1, quarantined: 0, k: 1 };
  const success: Success = withSelfHash({
    ...{ format: 'verger-success-1' as const, verdict: 'ok' as const, epoch: 1, ...counts, files },
  });
  for (const [file, bytes] of Object.entries(DATA)) await run.create(file, bytes);
  await run.create(RUN_FILES.report, Buffer.from('{}'));
  await run.create(RUN_FILES.success, recordBytes(success));
  await epoch(run, 1, { csv: true });
  return { run, success };
}

async function epoch(run: Storage, number: number, finish: Partial<FinishOptions>): Promise<void> {
  const record: Epoch = withSelfHash({
    ...{ format: 'verger-epoch-1' as const, epoch: number, cause: 'run' as const, by: WORKER, at: 'now' },
    finish: { ...FINISH, ...finish },
  });
  await run.create(epochFile(number), recordBytes(record));
}

test('`_SUCCESS` counts until a newer epoch asks for something else', async (t) => {
  const { run, success } = await finished(t);
  assert.deepEqual(await readSuccess(run), success);
  await epoch(run, 2, { csv: true });
  assert.deepEqual(await readSuccess(run), success, 'the same again');
  await epoch(run, 3, { csv: true, htmlReport: false });
  assert.deepEqual(await readSuccess(run), success, 'and without a page');
  await epoch(run, 4, { csv: true, withImages: true });
  assert.equal(await readSuccess(run), undefined);
  assert.equal(await findDamage(run), undefined);
  assert.equal(await verifySuccess(run), undefined);
  await run.remove(RUN_FILES.success);
  assert.equal(await readSuccess(run), undefined);
});

test('a `_SUCCESS` that was changed is E_RUN_CORRUPT', async (t) => {
  const { run, success } = await finished(t);
  await run.replace(RUN_FILES.success, recordBytes({ ...success, listed: 2 }));
  await assert.rejects(readSuccess(run), { code: 'E_RUN_CORRUPT' });
});

test('a finished run whose files are what they were is not damaged', async (t) => {
  const { run, success } = await finished(t);
  assert.deepEqual(await findDamage(run), { success, damaged: [] });
  assert.deepEqual(await verifySuccess(run), success);
});

test('damage is told by file, in order, and refused with the first of them', async (t) => {
  const { run, success } = await finished(t);
  const location = (file: string) => `${run.describe()}/${file}`;
  await run.remove(RUN_FILES.report);
  const lost = { success, damaged: [RUN_FILES.report] };
  assert.deepEqual(await findDamage(run), lost);
  await run.replace(RUN_FILES.csv, Buffer.from('cSv'));
  await run.replace('features/part-00000.parquet', Buffer.from('featuresx'));
  await run.remove('projection/part-00000.parquet');
  const all = [
    'features/part-00000.parquet',
    'projection/part-00000.parquet',
    RUN_FILES.report,
    RUN_FILES.csv,
  ];
  assert.deepEqual((await findDamage(run))?.damaged, all);
  const error = { code: 'E_PART_CORRUPT', place: { location: location(all[0]!) } };
  await assert.rejects(verifySuccess(run), error);
  assert.throws(() => refuseDamage(run, lost), { ...error, place: { location: location(RUN_FILES.report) } });
});

test('what is to be made again is forgotten, `_SUCCESS` first', async (t) => {
  const { run } = await finished(t);
  const removed: string[] = [];
  const seen: Storage = { ...run, remove: async (key) => void removed.push(key) };
  await reopenFinish(seen);
  await reopenFinish(seen, [RUN_FILES.report]);
  const first = [RUN_FILES.success, RUN_FILES.htmlReport, RUN_FILES.timeline];
  assert.deepEqual(removed, [...first, RUN_FILES.csv, ...first, RUN_FILES.report]);
});

test('only what finish and project make can be made again without features', () => {
  const { csv, report, quarantine, model, labels, manifest } = RUN_FILES;
  const derived = [csv, report, quarantine, 'projection/part-00000.parquet'];
  const own = [model, labels, manifest, 'features/part-00000.parquet', 'sums/part-00000.sums'];
  assert.deepEqual([...own, ...derived].filter(isDerived), derived);
});

for (const [what, length] of [
  ['nothing', 0],
  ['a byte', 1],
  ['a window', 8 * MIB],
  ['a window and a byte', 8 * MIB + 1],
  ['two windows', 16 * MIB],
] as const) {
  test(`a file of ${what} is hashed to its last byte`, async () => {
    const bytes = Buffer.alloc(length, 'verger');
    assert.deepEqual(
      await hashStored(
        of(() => bytes),
        'x',
      ),
      fileOf(bytes),
    );
  });
}

/** A storage of one file, whose version may be another at each read. */
function of(bytes: () => Uint8Array, version = (_: number) => 'v', shorter = 0): Storage {
  let reads = 0;
  const read: Storage['read'] = async (_, { range } = {}): Promise<ReadResult> => {
    reads += 1;
    const all = bytes();
    const part = all.subarray(range?.start, (range?.end ?? 0) - shorter);
    return { status: 'read', bytes: part, totalBytes: all.byteLength, version: version(reads) };
  };
  return { read } as Storage;
}

test('a file that is gone, or changes while it is hashed, has no hash', async (t) => {
  assert.equal(await hashStored(await store(t), 'x'), undefined);
  const bytes = Buffer.alloc(8 * MIB + 1);
  assert.equal(
    await hashStored(
      of(() => bytes, String),
      'x',
    ),
    undefined,
    'another version',
  );
  const short = of(
    () => bytes,
    () => 'v',
    1,
  );
  assert.equal(await hashStored(short, 'x'), undefined, 'a read that gave less than there is');
});
