import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type FinishOptions, RUN_FILES, type Success } from '@verger/core';
import { readEpochs } from '@verger/run';
import { stageContext } from '@verger/stages';
import { examine, testServices } from '@verger/testkit/examined';
import { MISSING, type OtherFile, withOtherFiles } from '@verger/testkit/other-files';
import { FINISH, goodImages, runIn, type TestRun } from '@verger/testkit/run-harness';
import { type DerivedScope, type ExamineProgress, examineDerived } from './derived.ts';
import { Findings } from './finding.ts';

const CSV: FinishOptions = { ...FINISH, csv: true, maxBad: 1 };

let folder: string;
let run: TestRun;
let whole: Omit<DerivedScope, 'findings'>;

/** Everything that is known of a finished run before what was made of its features is looked at. */
async function scopeOf(of: TestRun): Promise<Omit<DerivedScope, 'findings'>> {
  const { parts, success, complete, finished, epoch } = await examine(of);
  const records = new Map((await readEpochs(of.store)).map((epoch) => [epoch.epoch, epoch]));
  const finish = epoch?.finish;
  return { parts, success, complete, finished, finish, records, epochs: 1, onProgress: () => {} };
}

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'verger-derived-'));
  const images = { ...goodImages(4), 'b/03-bad.jpg': 'BAD:E_IMG_DECODE' };
  run = await runIn(folder, images, { extraction: { partitions: 2 } });
  assert.equal((await run.execute({ finish: CSV })).verdict, 'ok');
  whole = await scopeOf(run);
});
after(() => rm(folder, { recursive: true, force: true }));

/** What is found, and how many projections are good. */
async function derived(
  change: Partial<DerivedScope> = {},
  files: Readonly<Record<string, OtherFile>> = {},
  own: { run: TestRun; scope: Omit<DerivedScope, 'findings'> } = { run, scope: whole },
): Promise<[found: string[], projected: number]> {
  const { findings = new Findings(run.manifest) } = change;
  const store = withOtherFiles(own.run.store, files);
  const signal = new AbortController().signal;
  const ctx = stageContext(testServices(), { run: { ...own.run, store, epoch: 1 }, signal, emit: () => {} });
  const { projected } = await examineDerived(ctx, { ...own.scope, ...change, findings });
  return [findings.sorted().map(({ severity, file }) => `${severity} ${file}`), projected];
}

const { model, labels, quarantine, csv, report, success: SUCCESS, givenModel } = RUN_FILES;
const PROJECTION = 'projection/part-00001.parquet';

test('a run that nothing happened to has no fault, and each projection is told of', async () => {
  const told: ExamineProgress[] = [];
  const onProgress = (progress: ExamineProgress) => void told.push(progress);
  assert.deepEqual(await derived({ onProgress }), [[], 2]);
  assert.deepEqual(
    told,
    [1, 2].map((done) => ({ check: 'projections', done, total: 2 })),
  );
});

for (const file of [model, labels, quarantine, csv, report, PROJECTION]) {
  // A CSV cannot be made again of projections that are damaged.
  const found = [`fault ${file}`, ...(file === PROJECTION ? [`note ${csv}`] : [])];
  test(`${file} with other bytes is at fault, and \`_SUCCESS\` is not`, async () => {
    assert.deepEqual(await derived({}, { [file]: Buffer.from('{}\n') }), [found, 2]);
  });
}

test('each file that is gone from a finished run is at fault', async () => {
  const gone = [model, labels, PROJECTION, quarantine, report, csv];
  const found = gone.map((file) => `fault ${file}`).sort();
  assert.deepEqual(await derived({}, Object.fromEntries(gone.map((file) => [file, MISSING]))), [found, 1]);
});

test('a file that is at fault is no fault of a `_SUCCESS` that does not name it, either', async () => {
  const { [csv]: _, ...files } = (whole.success as Success).files;
  const success = { ...(whole.success as Success), files };
  assert.deepEqual(await derived({ success }, { [csv]: Buffer.of(1) }), [[`fault ${csv}`], 2]);
});

test('of a run that is not finished, nothing has to be there', async () => {
  const without = Object.fromEntries(
    [model, labels, quarantine, csv, report, PROJECTION, 'projection/part-00000.parquet'].map((file) => [
      file,
      MISSING,
    ]),
  );
  const early = { success: undefined, finished: false, complete: false };
  assert.deepEqual(await derived(early, without), [[], 0]);
});

test('`_SUCCESS` is held against the counts, with the limit that was asked for', async () => {
  const wrong = { ...(whole.success as Success), extracted: 3 };
  assert.deepEqual(await derived({ success: wrong }), [[`fault ${SUCCESS}`], 2]);
  const strict = await derived({ finish: { ...CSV, maxBad: 0.1 } });
  assert.deepEqual(strict, [[`fault ${SUCCESS}`, `fault ${report}`], 2], 'one of five is too many');
  assert.deepEqual(
    await derived({ finish: { ...CSV, maxBad: 0.2 } }),
    [[], 2],
    'one of five is just allowed',
  );
});

test('a result.csv that was not asked for is a fault in a finished run, else a note', async () => {
  const unasked = { finish: { ...CSV, csv: false } };
  const { [csv]: _, ...files } = (whole.success as Success).files;
  const success = { ...(whole.success as Success), files };
  assert.deepEqual(await derived({ ...unasked, success }), [[`fault ${csv}`], 2]);
  const early = { ...unasked, success: undefined, finished: false };
  assert.deepEqual(await derived(early), [[`note ${csv}`], 2]);
  assert.deepEqual(
    await derived({ ...early, finish: undefined }),
    [[], 2],
    'nobody knows what was asked for',
  );
});

test('nothing is fitted, and so nothing is blamed, while the given model or sums are not known', async () => {
  const findings = new Findings(run.manifest);
  findings.fault(givenModel, 'It is another.', 'none');
  const other = { [labels]: Buffer.from('{}\n') };
  assert.deepEqual(await derived({ findings }, other), [[`fault ${givenModel}`], 2]);
  const parts = whole.parts.map((part) => ({ ...part, examined: undefined, sumsGood: false }));
  assert.deepEqual(await derived({ parts }, other), [[], 2]);
});

test('sums whose PCA cannot be are a fault of the model', async (t) => {
  const own = await mkdtemp(join(tmpdir(), 'verger-derived-'));
  t.after(() => rm(own, { recursive: true, force: true }));
  const one = await runIn(own, goodImages(1));
  await one.execute();
  const scope = { ...(await scopeOf(one)), complete: true };
  assert.deepEqual(await derived({}, {}, { run: one, scope }), [[`fault ${model}`], 0]);
});

test('a run without a good image has no model, no projection and no CSV, and is whole', async (t) => {
  const own = await mkdtemp(join(tmpdir(), 'verger-derived-'));
  t.after(() => rm(own, { recursive: true, force: true }));
  const bad = await runIn(own, { 'a/0.jpg': 'BAD:E_IMG_DECODE' });
  await bad.execute({ finish: CSV });
  const scope = await scopeOf(bad);
  assert.equal(scope.success?.k, null);
  assert.deepEqual(await derived({}, {}, { run: bad, scope }), [[], 0]);
  assert.deepEqual(await derived({}, { [quarantine]: MISSING }, { run: bad, scope }), [
    [`fault ${quarantine}`],
    0,
  ]);
});
