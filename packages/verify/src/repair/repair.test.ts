import assert from 'node:assert/strict';
import { copyFile, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type Epoch, type Storage, VergerError } from '@verger/core';
import { cutListing, listImages, parseLabelRule, spoolListing } from '@verger/listing';
import { openEpoch } from '@verger/run';
import { stageContext } from '@verger/stages';
import { copyOf, examine, faultsOf, testServices } from '@verger/testkit/examined';
import { type FakeChildren, fakeChildren } from '@verger/testkit/fake-children';
import { faultyStorage } from '@verger/testkit/faulty-storage';
import {
  CLOCK,
  executeEpoch,
  type Files,
  goodImages,
  jsonOf,
  keysOf,
  promisedHashes,
  type TestRun,
  temporaryFolder,
  testRun,
  WORKER,
} from '@verger/testkit/run-harness';
import { openRepair, repairFiles } from './repair.ts';

const FILES: Files = { ...goodImages(4), 'b/03-bad.jpg': 'BAD:E_IMG_DECODE', 'b/09.jpg': 'CRASH' };
const CUT = { extraction: { partitions: 2 } };
const OTHER = Buffer.from(' otherwise');
const CSV = { finish: { csv: true, maxBad: 1 } };
type Copy = Awaited<ReturnType<typeof copyOf>>;

/**
 * Examines, repairs and takes the run to its end, as the command does. `store` in place of the run's own, to
 * spoil calls.
 */
async function repair(
  t: TestContext,
  run: Copy,
  { store = run.store, children = fakeChildren() }: { store?: Storage; children?: FakeChildren } = {},
): Promise<void> {
  const examination = await examine(run);
  const target = { ...run, store };
  const epoch = await openRepair(target, examination, { by: WORKER, at: CLOCK.now() });
  const own = {
    run: { ...target, epoch: epoch.epoch },
    signal: new AbortController().signal,
    emit: () => {},
  };
  const { extraction } = run.manifest;
  async function* relist() {
    const { labeler } = await parseLabelRule(extraction.label, (file) => readFile(file, 'utf8'));
    const spool = await spoolListing(listImages(run.images, extraction, labeler), await temporaryFolder(t));
    yield* cutListing(spool, extraction);
    await spool.dispose();
  }
  await repairFiles(stageContext(testServices(children), own), examination, { relist });
  const { error } = await executeEpoch(target, { epoch: epoch.epoch, children });
  if (error !== undefined) throw error;
}

async function flip(run: Copy, file: string, share = 0.6): Promise<void> {
  const path = join(run.folder, file);
  const bytes = await readFile(path);
  if (bytes.length > 0) bytes[Math.floor(bytes.length * share)]! ^= 1;
  await writeFile(path, bytes);
}

async function whole(run: Copy, expected: Record<string, string>): Promise<void> {
  assert.deepEqual(faultsOf(await examine(run)), []);
  assert.deepEqual(await promisedHashes(run.store), expected);
}

async function finished(t: TestContext): Promise<{ run: TestRun; expected: Record<string, string> }> {
  const run = await testRun(t, FILES, CUT);
  await run.execute(CSV);
  return { run, expected: await promisedHashes(run.store) };
}

/** Damage of every kind at once, each repaired in another way. */
async function ruin(copy: Copy): Promise<void> {
  await flip(copy, 'features/part-00000.parquet');
  await flip(copy, 'listing/part-00000.jsonl');
  await flip(copy, 'commits/part-00001.json');
  await flip(copy, 'pca/model.json');
  await flip(copy, 'result.csv');
  await flip(copy, 'epochs/0001.json');
  await rm(join(copy.folder, 'sums/part-00001.sums'));
  await rm(join(copy.folder, 'projection/part-00001.parquet'));
  await copyFile(
    join(copy.folder, 'projection/part-00000.parquet'),
    join(copy.folder, 'projection/part-00000 (1).parquet'),
  );
}

test('with one file of each kind damaged a repair infers only what was lost', async (t) => {
  const { run, expected } = await finished(t);
  await ruin(run);
  const children = fakeChildren();
  await repair(t, run, { children });
  await whole(run, expected);
  assert.equal(children.inferred('image a/00.jpg'), 1);
  assert.equal(children.inferred('image b/03.jpg'), 0);
  assert.deepEqual(await keysOf(run.store, 'set-aside/'), [
    'set-aside/0002/projection/part-00000 (1).parquet',
  ]);
});

test('one file of each kind lost: a repair gives the same bytes', async (t) => {
  const { run, expected } = await finished(t);
  for (const file of [
    ...['features/part-00001.parquet', 'sums/part-00001.sums', 'commits/part-00001.json'],
    ...['listing/part-00001.jsonl', 'pca/labels.json', 'projection/part-00000.parquet', 'quarantine.jsonl'],
    ...['result.csv', 'report.json', 'epochs/0001.json'],
  ]) {
    await rm(join(run.folder, file));
  }
  await repair(t, run);
  await whole(run, expected);
});

test('features that are damaged alone are put in place: nothing else is written', async (t) => {
  const { run, expected } = await finished(t);
  await flip(run, 'features/part-00000.parquet');
  await rm(join(run.folder, 'sums/part-00000.sums'));
  const store = faultyStorage(run.store, {});
  await repair(t, run, { store });
  const written = store.calls.filter(({ kind }) => kind !== 'read' && kind !== 'list');
  assert.deepEqual(
    written.map(({ kind, key }) => `${kind} ${key}`),
    ['create epochs/0002.json', 'replace features/part-00000.parquet', 'replace sums/part-00000.sums'],
  );
  await whole(run, expected);
});

test('a repair killed before any of its writes is ended by another, to the same bytes', async (t) => {
  const { run, expected } = await finished(t);
  for (let killedAt = 1; ; killedAt += process.env['VERGER_WHOLE_CAMPAIGN'] === '1' ? 1 : 9) {
    const copy = await copyOf(t, run);
    await ruin(copy);
    let last = '';
    const store = faultyStorage(copy.store, {
      before: ({ write, key }) => {
        if (write < killedAt) return;
        last ||= key;
        throw new VergerError('E_OUTPUT_FULL', {}, { detail: 'killed' });
      },
    });
    const ended = await repair(t, copy, { store }).then(
      () => true,
      (error: VergerError) => assert.equal(error.code, 'E_OUTPUT_FULL'),
    );
    if (ended === true) break;
    await repair(t, copy);
    await whole(copy, expected).catch((error: Error) => {
      throw new Error(`killed before write ${killedAt}, ${last}: ${error.message}`);
    });
  }
});

test('rows that differ from the committed ones: everything made from those is rebuilt', async (t) => {
  const { run, expected } = await finished(t);
  const children = fakeChildren({
    before: (request) => {
      // As another engine would: the last bits differ.
      if (request.kind !== 'images') return;
      const images = request.images.map((bytes) => Buffer.concat([bytes, OTHER]));
      Object.assign(request, { images });
    },
  });
  await flip(run, 'features/part-00000.parquet');
  await repair(t, run, { children });
  assert.deepEqual(faultsOf(await examine(run)), []);
  const after = await promisedHashes(run.store);
  for (const file of ['features/part-00000.parquet', 'pca/model.json', 'result.csv']) {
    assert.notEqual(after[file], expected[file], file);
  }
  const untouched = 'features/part-00001.parquet';
  assert.equal(after[untouched], expected[untouched]);
});

test('features whose images are gone: the repair says so, and removes nothing', async (t) => {
  const { run } = await finished(t);
  await flip(run, 'features/part-00000.parquet');
  await rm(join(run.imagesFolder, 'a/00.jpg'));
  const before = await promisedHashes(run.store);
  await assert.rejects(repair(t, run), {
    code: 'E_RUN_DAMAGED',
    message: /1 image can no longer be read as listed/,
  });
  assert.deepEqual(await promisedHashes(run.store), before);
});

for (const [what, lost] of [
  ['quarantine.jsonl', []],
  ['the damaged file', ['quarantine.jsonl']],
] as const) {
  test(`an image that was bad and is restored does not stand for one that is gone, by ${what}`, async (t) => {
    const run = await testRun(t, goodImages(4));
    const [away, back] = [join(run.folder, '../away'), join(run.imagesFolder, 'a/01.jpg')];
    await rename(back, away);
    await run.execute({ finish: { maxBad: 1 } });
    await rename(away, back);
    for (const file of lost) await rm(join(run.folder, file));
    await flip(run, 'features/part-00000.parquet', 0.5);
    await rm(join(run.imagesFolder, 'a/00.jpg'));
    const before = await promisedHashes(run.store);
    await assert.rejects(repair(t, run), { code: 'E_RUN_DAMAGED', message: /1 image can no longer be read/ });
    const after = await promisedHashes(run.store);
    assert.equal(after['features/part-00000.parquet'], before['features/part-00000.parquet']);
  });
}

test('a repair, and a record in place of a lost epoch, keep reuse and strictness', async (t) => {
  const run = await testRun(t, goodImages(2));
  const reuse = { location: '/runs/other', runId: 'other', identity: 'ab'.repeat(32), whole: true };
  const finish = { csv: false, withImages: false, csvRaw: false, maxBad: 1 };
  for (let epoch = 0; epoch < 2; epoch += 1) {
    await openEpoch(run.store, { cause: 'run', finish, reuse, strict: true, by: WORKER, at: CLOCK.now() });
  }
  await writeFile(join(run.folder, 'epochs/0001.json'), 'lost');
  const epoch = await openRepair(run, await examine(run), { by: WORKER, at: CLOCK.now() });
  for (const record of [epoch, await jsonOf<Epoch>(run.store, 'epochs/0001.json')]) {
    assert.deepEqual([record.reuse, record.strict], [reuse, true]);
  }
});

test('with every epoch lost, a CSV with a byte order mark counts as asked for', async (t) => {
  const run = await testRun(t, goodImages(2));
  await run.execute({ finish: { csv: true, csvBom: true, maxBad: 1 } });
  await writeFile(join(run.folder, 'epochs/0001.json'), 'lost');
  const { finish } = await openRepair(run, await examine(run), { by: WORKER, at: CLOCK.now() });
  assert.deepEqual([finish.csv, finish.csvBom], [true, true]);
});

test('a repair that another submission overtook removes nothing more', async (t) => {
  const { run } = await finished(t);
  await flip(run, 'pca/model.json');
  const examination = await examine(run);
  const { epoch } = await openRepair(run, examination, { by: WORKER, at: CLOCK.now() });
  await openRepair(run, examination, { by: WORKER, at: CLOCK.now() });
  const own = { run: { ...run, epoch }, signal: new AbortController().signal, emit: () => {} };
  const before = await keysOf(run.store);
  const work = repairFiles(stageContext(testServices(), own), examination, { relist: async function* () {} });
  await assert.rejects(work, { code: 'E_RUN_REOPENED' });
  assert.deepEqual(await keysOf(run.store), before);
});

test('a repair that is overtaken while it extracts removes nothing', async (t) => {
  const { run } = await finished(t);
  await flip(run, 'features/part-00000.parquet');
  const before = await promisedHashes(run.store);
  let taken = false;
  const children = fakeChildren({
    before: async (request) => {
      if (request.kind !== 'encode' || taken) return;
      taken = true;
      const finish = { csv: true, withImages: false, csvRaw: false, maxBad: 1 };
      await openEpoch(run.store, { cause: 'resume', finish, by: WORKER, at: CLOCK.now() });
    },
  });
  await assert.rejects(repair(t, run, { children }), { code: 'E_RUN_REOPENED' });
  assert.ok(taken);
  assert.deepEqual(await promisedHashes(run.store), before);
});
