import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import {
  type Epoch,
  type LeftOut,
  type Quarantined,
  type Report,
  RUN_FILES,
  reportSchema,
  type Success,
} from '@verger/core';
import { parseRecord, readEpochs, readSuccess, recordBytes } from '@verger/run';
import { quarantineBytes, type StageContext, stageContext } from '@verger/stages';
import { examine, testServices } from '@verger/testkit/examined';
import { MISSING, type OtherFile, withOtherFiles } from '@verger/testkit/other-files';
import { quarantinedImage } from '@verger/testkit/rows';
import { bytesOf, FINISH, goodImages, runIn, type TestRun } from '@verger/testkit/run-harness';
import { Findings } from './finding.ts';
import type { FittedFiles } from './model.ts';
import { checkCsv, checkQuarantine, checkReport, checkSuccess, dataFiles, type Outcome } from './outputs.ts';
import type { PartitionFacts } from './partition.ts';

const WITH_IMAGES = { ...FINISH, csv: true, withImages: true, maxBad: 1 };

let folder: string;
let run: TestRun;
let parts: readonly PartitionFacts[];
let fitted: FittedFiles;
let outcome: Outcome;
let success: Success;
let report: Report;
let epochs: ReadonlyMap<number, Epoch>;
let csv: Uint8Array;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'verger-outputs-'));
  const images = { ...goodImages(4), 'b/03-bad.jpg': 'BAD:E_IMG_DECODE' };
  run = await runIn(folder, images, { extraction: { partitions: 2 } });
  assert.equal((await run.execute({ finish: WITH_IMAGES })).verdict, 'ok');
  parts = (await examine(run)).parts;
  fitted = {
    model: await bytesOf(run.store, RUN_FILES.model),
    labels: await bytesOf(run.store, RUN_FILES.labels),
  };
  const commits = parts.map(({ commit }) => commit!);
  const quarantined = parts.flatMap(({ examined }) => examined!.quarantined);
  outcome = { manifest: run.manifest, commits, quarantined, fitted, isListed: true, verdict: 'ok' };
  success = (await readSuccess(run.store))!;
  report = parseRecord(await bytesOf(run.store, RUN_FILES.report), reportSchema, RUN_FILES.report);
  epochs = new Map((await readEpochs(run.store)).map((epoch) => [epoch.epoch, epoch]));
  csv = await bytesOf(run.store, RUN_FILES.csv);
});
after(() => rm(folder, { recursive: true, force: true }));

type Check = (ctx: StageContext, findings: Findings) => Promise<unknown>;

/** What a check finds, where reads of some files give something else. */
async function found(
  check: Check,
  files: Readonly<Record<string, OtherFile>> = {},
  images: Readonly<Record<string, OtherFile>> = {},
): Promise<string[]> {
  const findings = new Findings(run.manifest);
  const store = withOtherFiles(run.store, files);
  const spoilt = { ...run, store, images: withOtherFiles(run.images, images), epoch: 1 };
  const own = { run: spoilt, signal: new AbortController().signal, emit: () => {} };
  await check(stageContext(testServices(), own), findings);
  return findings.sorted().map(({ severity, file }) => `${severity} ${file}`);
}

const QUARANTINE = `fault ${RUN_FILES.quarantine}`;
const quarantine =
  (quarantined: readonly Quarantined[], gone = true): Check =>
  (ctx, findings) =>
    checkQuarantine(ctx, findings, { quarantined, gone });

test('quarantine.jsonl is the records of all features files, a line each', async () => {
  assert.deepEqual(await found(quarantine(outcome.quarantined)), []);
  assert.deepEqual(await found(quarantine([])), [QUARANTINE], 'it names one that is not in quarantine');
  const more = [...outcome.quarantined, quarantinedImage('z.jpg')];
  assert.deepEqual(await found(quarantine(more)), [QUARANTINE], 'it does not name one');
  assert.deepEqual(await found(quarantine([]), { [RUN_FILES.quarantine]: Buffer.of() }), []);
  assert.deepEqual(quarantineBytes([]), Buffer.of());
});

test('quarantine.jsonl is missed only in a run that is finished', async () => {
  const without = { [RUN_FILES.quarantine]: MISSING };
  assert.deepEqual(await found(quarantine(outcome.quarantined), without), [QUARANTINE]);
  assert.deepEqual(await found(quarantine(outcome.quarantined, false), without), []);
});

const CSV = `fault ${RUN_FILES.csv}`;

/** `named`: the hash that `_SUCCESS` has of it. */
const csvOf =
  (options = WITH_IMAGES, named?: { sha256: string; bytes: number }): Check =>
  async (ctx, findings) => {
    const model = { bytes: fitted.model, sha256: success.files[RUN_FILES.model]!.sha256 };
    await checkCsv(ctx, findings, { options, parts, model, named });
  };

test('result.csv is compared to its last byte', async () => {
  assert.deepEqual(await found(csvOf()), []);
  const others: Record<string, OtherFile> = {
    'a byte is another': csv.map((byte, at) => (at === csv.length - 3 ? byte ^ 1 : byte)),
    'a record is more': Buffer.concat([csv, csv.subarray(-9)]),
    'its end is gone': csv.subarray(0, -1),
    'it is empty': Buffer.of(),
    'it is gone': MISSING,
  };
  for (const [what, other] of Object.entries(others)) {
    assert.deepEqual(await found(csvOf(), { [RUN_FILES.csv]: other }), [CSV], what);
  }
  assert.deepEqual(await found(csvOf({ ...WITH_IMAGES, withImages: false })), [CSV], 'of other options');
});

test('where an image of result.csv has gone since, its hash in `_SUCCESS` has to do', async () => {
  const gone = { 'a/00.jpg': MISSING };
  const note = `note ${RUN_FILES.csv}`;
  const named = success.files[RUN_FILES.csv]!;
  assert.deepEqual(await found(csvOf(WITH_IMAGES, named), {}, gone), [note]);
  const flipped = { [RUN_FILES.csv]: csv.map((byte, at) => (at === 9 ? byte ^ 1 : byte)) };
  assert.deepEqual((await found(csvOf(WITH_IMAGES, named), flipped, gone)).sort(), [CSV, note]);
  assert.deepEqual(await found(csvOf(), flipped, gone), [note], 'no witness is left');
});

test('a result.csv whose projection is damaged is not blamed', async () => {
  const damaged = { 'projection/part-00001.parquet': Buffer.of(1, 2, 3) };
  assert.deepEqual(await found(csvOf(), damaged), [`note ${RUN_FILES.csv}`]);
});

const NOTHING_LEFT_OUT: LeftOut = {
  ...{ endings: {}, otherEndings: 0, noEnding: 0, hiddenFiles: 0, hiddenFolders: 0, hiddenFolderFiles: 0 },
  ...{ linkedFolders: 0, linkLoops: 0, linkRepeats: 0, linksOut: 0, linksToNothing: 0 },
};

const REPORT = `fault ${RUN_FILES.report}`;
const withReport = (change: Partial<Report>) => ({
  [RUN_FILES.report]: recordBytes({ ...report, ...change }),
});
const reportOf =
  (given: Partial<Parameters<typeof checkReport>[2]> = {}): Check =>
  (ctx, findings) =>
    checkReport(ctx, findings, { outcome, epochs: 1, records: epochs, gone: true, ...given });

test('each thing that report.json says is held against the run', async () => {
  assert.deepEqual(await found(reportOf()), []);
  const [bad] = report.quarantine;
  const changes: Partial<Report>[] = [
    { images: '/elsewhere' },
    { extracted: report.extracted + 1 },
    { quarantined: 0 },
    { verdict: 'too-many-bad' },
    { partitions: 3 },
    { quarantine: [] },
    { quarantine: [{ ...bad!, count: bad!.count + 1 }] },
    { quarantine: [{ ...bad!, reason: 'Of no release.' }] },
  ];
  for (const change of changes) {
    assert.deepEqual(await found(reportOf(), withReport(change)), [REPORT], JSON.stringify(change));
  }
});

test('what only the process that wrote it knew is believed', async () => {
  const { stages } = report;
  const other = withReport({ stages: { ...stages, reduceMs: 12345, projectMs: 54321 } });
  assert.deepEqual(await found(reportOf(), other), []);
});

test('what was left out is that of the epochs; where a record is lost, the report is believed', async () => {
  const leftOut = { ...NOTHING_LEFT_OUT, hiddenFiles: 3 };
  const told = withReport({ leftOut });
  const recordsOf = (change: Partial<Epoch>) => new Map([[1, { ...epochs.get(1)!, ...change }]]);
  assert.deepEqual(await found(reportOf({ records: recordsOf({ leftOut }) }), told), []);
  const other = recordsOf({ leftOut: { ...leftOut, hiddenFiles: 4 } });
  assert.deepEqual(await found(reportOf({ records: other }), told), [REPORT]);
  assert.deepEqual(await found(reportOf({ records: recordsOf({ leftOut }) }), withReport({})), [REPORT]);
  assert.deepEqual(await found(reportOf({ records: new Map() }), told), []);
  assert.deepEqual(await found(reportOf({ records: recordsOf({ cause: 'repair' }) }), told), []);
});

test('report.json counts no more epochs than there are', async () => {
  assert.deepEqual(await found(reportOf(), withReport({ epochs: 2 })), [REPORT]);
  assert.deepEqual(await found(reportOf({ epochs: 2 }), withReport({ epochs: 2 })), []);
});

test('report.json is missed only in a finished run, and not judged where nothing is known', async () => {
  const without = { [RUN_FILES.report]: MISSING };
  assert.deepEqual(await found(reportOf(), without), [REPORT]);
  assert.deepEqual(await found(reportOf({ gone: false }), without), []);
  const wrong = withReport({ quarantined: 0 });
  assert.deepEqual(await found(reportOf({ outcome: undefined }), wrong), []);
  assert.deepEqual(await found(reportOf({ outcome: undefined }), { [RUN_FILES.report]: Buffer.of(1) }), [
    REPORT,
  ]);
});

async function successFaults(
  change: Partial<Success>,
  given: { outcome?: Partial<Outcome>; epochs?: number; files?: Success['files'] } = {},
): Promise<string[]> {
  const { epochs = 1, files = success.files } = given;
  const findings = new Findings(outcome.manifest);
  const run = { outcome: { ...outcome, ...given.outcome }, epochs, files };
  await checkSuccess(findings, { ...success, ...change }, run);
  return findings.sorted().map(({ file }) => file);
}

test('_SUCCESS has counts, k, verdict and epoch of the run', async () => {
  assert.deepEqual(await successFaults({}), []);
  const wrong: Partial<Success>[] = [
    { listed: success.listed + 1 },
    { extracted: success.extracted - 1 },
    { quarantined: success.quarantined + 1 },
    { k: success.k! + 1 },
    { k: null },
    { verdict: 'too-many-bad' },
    { epoch: 2 },
  ];
  for (const change of wrong) {
    assert.deepEqual(await successFaults(change), [RUN_FILES.success], JSON.stringify(change));
  }
  assert.deepEqual(await successFaults({ epoch: 2 }, { epochs: 2 }), []);
  assert.deepEqual(await successFaults({ k: null }, { outcome: { fitted: null } }), []);
});

test('_SUCCESS names every data file as it is, and no other', async () => {
  const { [RUN_FILES.csv]: named, ...rest } = success.files;
  const other = (file: Partial<typeof named>) => ({ ...rest, [RUN_FILES.csv]: { ...named!, ...file } });
  const wrong: Success['files'][] = [rest, other({ sha256: '0'.repeat(64) }), other({ bytes: 1 })];
  for (const files of wrong) {
    assert.deepEqual(await successFaults({ files }), [RUN_FILES.success], 'it names otherwise');
    assert.deepEqual(await successFaults({}, { files }), [RUN_FILES.success], 'there is otherwise');
  }
});

test('the data files of a run are those of its _SUCCESS', async () => {
  const known = { parts, quarantined: outcome.quarantined, fitted, csv: true };
  let files: unknown;
  await found(async (ctx) => {
    files = await dataFiles(ctx, known);
  });
  assert.deepEqual(files, success.files);
  await found(async (ctx) => {
    files = await dataFiles(ctx, { ...known, fitted: null, csv: false });
  });
  const named = Object.keys(files as object).map((file) => file.split('/')[0]);
  assert.deepEqual(
    named,
    ['features', 'sums', 'features', 'sums', RUN_FILES.quarantine],
    'where nothing gave a model, there is no projection either',
  );
});
