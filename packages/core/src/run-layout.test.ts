import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  cancelFile,
  epochFile,
  epochOf,
  failureFile,
  failurePrefix,
  isFailureOf,
  partDigits,
  RUN_FILES,
  removalStep,
  runFileOf,
  runLayout,
  setAsideFile,
} from './run-layout.ts';

test('part numbers have five digits, and more only when there are more parts', () => {
  assert.deepEqual([1, 99_999, 100_000, 100_001, 1_000_001].map(partDigits), [5, 5, 5, 6, 7]);
  assert.equal(runLayout(5).features(42), 'features/part-00042.parquet');
  assert.equal(runLayout(6).commit(7), 'commits/part-000007.json');
});

test('an epoch number reads back from its file names, and from no other', () => {
  assert.equal(epochOf(epochFile(3)), 3);
  assert.equal(epochOf(cancelFile(12_345)), 12_345);
  assert.equal(epochOf('epochs/0003.json.tmp'), undefined);
});

test('failure files are found by partition and epoch', () => {
  const file = failureFile({ kind: 'extract', part: 42, epoch: 2 }, 1, { digits: 5, id: 'ab' });
  assert.equal(file, 'failures/part-00042-e0002-a01-ab.json');
  assert.ok(file.startsWith(failurePrefix({ kind: 'extract', part: 42, epoch: 2 }, 5)));
  assert.ok(isFailureOf(file, 2));
  assert.ok(!isFailureOf(file, 1));
  assert.equal(
    failureFile({ kind: 'reduce', part: null, epoch: 1 }, 4, { digits: 5, id: 'cd' }),
    'failures/reduce-e0001-a04-cd.json',
  );
});

test('every file of a run has its place in a removal, but what was set aside has none', () => {
  for (const file of Object.values(RUN_FILES)) assert.notEqual(removalStep(file), undefined, file);
  const last = removalStep(RUN_FILES.manifest) ?? 0;
  for (const file of Object.values(RUN_FILES)) {
    if (file !== RUN_FILES.manifest) assert.ok((removalStep(file) ?? last) < last, file);
  }
  assert.equal(removalStep(setAsideFile(2, 'features/part-99999.parquet')), undefined);
});

test('every file of which a run has one is known by its name, and is no data of a folder', () => {
  for (const [kind, file] of Object.entries(RUN_FILES)) {
    assert.deepEqual(runFileOf(file, runLayout(5), 1), { kind, number: null });
  }
  assert.equal(runFileOf('timeline.html', runLayout(5), 1), undefined);
});

test('what marks a stage as done is removed before what it vouches for', () => {
  const step = (file: string) => removalStep(file) ?? Number.NaN;
  const { success, csv, htmlReport, timeline, report, model, labels, manifest } = RUN_FILES;
  assert.ok(step(success) < step(csv));
  assert.ok(step(success) < step(htmlReport) && step(htmlReport) < step(timeline));
  assert.ok(step(timeline) < step(report));
  assert.ok(step(model) < step(labels), 'a reduce is done when its model is there');
  assert.ok(step('commits/part-00000.json') < step('sums/part-00000.sums'));
  assert.ok(step('listing/part-00000.jsonl') < step(manifest));
});
