import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Report, RUN_FILES } from '@verger/core';
import type { RunOutcome } from '@verger/driver';
import { wrapText } from '../cli/wrap.ts';
import { demoText } from './demo-text.ts';
import { outcomeJson, outcomeText, summaryLines } from './outcome-text.ts';
import { reportText } from './report-text.ts';

const report = (listed: number, extracted: number, reused: number): Report => ({
  ...{ format: 'verger-report-1', runId: 'x', images: '/images', verdict: 'ok', partitions: 1, epochs: 1 },
  ...{ listed, extracted, quarantined: listed - extracted, reused },
  fingerprint: {
    extractor: 'mobilenetv2-1.0-224',
    preprocessing: 'rgb;pillow-bicubic-224;x/127.5-1',
    features: 1280,
    weightsSha256: 'ab'.repeat(32),
    weightsKind: 'imagenet',
  },
  ...{ numericClasses: [], pca: null, labels: [], labelsTruncated: false, nearest: [], quarantine: [] },
  stages: {
    extract: {
      wallMs: 1000,
      imagesPerSecond: extracted - reused,
      readMs: 1,
      decodeMs: 1,
      inferenceMs: 1,
      encodeMs: 1,
    },
    ...{ reduceMs: null, projectMs: null },
  },
});

const timeOf = (...counts: [number, number, number]) => timeLine(report(...counts));
const timeLine = (of: Report) => summaryLines(of).find((line) => line.startsWith('time')) ?? '';

test('a rate stands where images were extracted, "all reused" where all were, nothing where none was', () => {
  assert.match(timeOf(10, 9, 4) ?? '', /extract 1\.0 s \(5 images\/s\)/);
  assert.match(timeOf(10, 9, 9) ?? '', /extract 1\.0 s \(all reused\)/);
  assert.match(timeOf(2, 0, 0) ?? '', /extract 1\.0 s$/);
  const resumed = timeLine({ ...report(10, 9, 4), epochs: 2 });
  assert.match(resumed, /extract 1\.0 s \(5 images\/s over all epochs\)/);
});

/** The outcome of a run with everything that can be said of it. */
function fullOutcome(): RunOutcome {
  const codes = [
    'E_IMG_TRUNCATED',
    'E_IMG_EMPTY',
    'E_IMG_UNSUPPORTED',
    'E_IMG_READ',
    'E_IMG_FORMAT_DENIED',
  ] as const;
  const pca = { k: 25, options: {} as never, cumulative: Array.from({ length: 25 }, () => 0.75) };
  const quarantine = codes.map((code, at) => ({ code, count: at + 1, reason: '', next: '', examples: [] }));
  const numericClasses = ['a', 'b'].map((numericClass) => ({ numericClass, partitions: 1 }));
  const leftOut = {
    endings: { '.txt': 12, '.json': 3 },
    ...{ otherEndings: 0, noEnding: 5, hiddenFiles: 7, hiddenFolders: 1, hiddenFolderFiles: 9 },
    ...{ linkedFolders: 1, linkLoops: 0, linkRepeats: 0, linksOut: 0, linksToNothing: 0 },
  };
  const whole = { ...report(1_000_000, 999_985, 400_000), epochs: 3, pca, quarantine, numericClasses };
  return {
    location: 's3://results/2026/fruits-of-autumn',
    report: { ...whole, model: { sha256: '', runId: 'another-run' } } as Report,
    success: {
      ...{ verdict: 'too-many-bad', listed: 1_000_000, extracted: 999_985, quarantined: 15, k: 25 },
      files: { [RUN_FILES.csv]: { sha256: '', bytes: 1 } },
    },
    ...{ already: false, leftOut },
  } as unknown as RunOutcome;
}

test('the end of a run fits a screen of 24 rows and 80 columns, with reuse, links, quarantine and two classes', () => {
  const text = outcomeText(fullOutcome(), { flags: { s3Endpoint: 'http://127.0.0.1:9000' }, hasHtml: true });
  // Commands are not wrapped: the terminal breaks them.
  const rows = wrapText(text, 80)
    .split('\n')
    .flatMap((line) => line.match(/.{1,80}/g) ?? []);
  assert.ok(rows.length <= 23, `${rows.length} rows:\n${rows.join('\n')}`);
});

test('so does the end of the demo, with its warning', () => {
  const { location, ...full } = fullOutcome();
  const fingerprint = { ...full.report.fingerprint, weightsKind: 'untrained' as const };
  const { reused: _, model: __, ...rest } = full.report;
  const nearest = ['Cherry', 'Avocado', 'Orange', 'Grape White'].map((label) => ({
    label,
    nearest: 'Pineapple',
    distance: 1,
  }));
  const done = { ...rest, reused: 0, numericClasses: [], epochs: 1, fingerprint, nearest };
  const { leftOut: ___, ...plain } = full;
  const outcome = {
    ...plain,
    already: false,
    location,
    report: done,
    success: { ...full.success, verdict: 'ok' as const },
  };
  const text = demoText(outcome, { location: 'verger-demo/runs/0dfec6fa9383', hasHtml: true });
  const rows = wrapText(text, 80).split('\n');
  assert.ok(rows.length <= 23, `${rows.length} rows:\n${rows.join('\n')}`);
  assert.match(text, /\n {2}closest {5}Cherry and Pineapple, Avocado and Pineapple, Orange and Pineapple\n/);
  assert.match(text, /WARNING: UNTRAINED/);
});

test('it says the quarantine by code, where the result and its page are, and how to look at it', () => {
  const text = outcomeText(fullOutcome(), { hasHtml: true });
  const codes = 'E_IMG_FORMAT_DENIED × 5, E_IMG_READ × 4, E_IMG_UNSUPPORTED × 3, 2 more codes';
  assert.ok(text.includes(`\n  quarantine  ${codes}\n`), text);
  assert.match(text, /\n {2}result {6}s3:\/\/results\/2026\S+\n {14}features.*result\.csv\n/);
  assert.match(text, /\n {2}report {6}s3:\/\/results\/2026\S+\/report\.html\n/);
  assert.match(text, /\n {2}look at it {2}\S*verger report s3:\/\/results\/2026/);
  assert.doesNotMatch(outcomeText(fullOutcome(), { hasHtml: false }), /report\.html/);
});

test('int8 is compared in a line of the summary and a block of the report, in JSON without the curves', () => {
  const { report: whole, ...others } = fullOutcome();
  const figures = { k: 2, cumulative: [0.6, 0.76, 1], accuracy: 0.975 };
  const precision = {
    ...{ images: 128, cosine: { median: 0.9971, percentile1: 0.9921, least: 0.9906 } },
    ...{ float32: figures, int8: { ...figures, accuracy: null } },
  };
  const int8 = { precision: 'int8', calibrationSha256: 'c'.repeat(64) } as const;
  const compared = {
    ...whole,
    fingerprint: { ...whole.fingerprint, ...int8 },
    precisionComparison: precision,
  };
  const line =
    'precision   int8, cosine similarity to float32 on 128 held-out images: ' +
    'median 0.997, 1st percentile 0.992, lowest 0.991';
  assert.ok(summaryLines(compared).includes(line));
  const shown = (report: Report) => reportText(report, { columns: 80, labels: 3 });
  assert.match(
    shown(compared),
    /against float32 on 128 held-out images\n {2}cosine similarity of the two: m/,
  );
  assert.match(shown(compared), /\n {2}PCA of these 128 images alone: .*\n {2}features +k +kept/);
  const few = shown({ ...compared, precisionComparison: { ...precision, images: 1 } });
  assert.match(few, /on 1 held-out image\n .*: lowest 0\.991; too few images to compare\n\n/);
  assert.match(
    shown({ ...compared, precisionComparison: undefined }),
    /earlier run; not compared on these images/,
  );
  const borrowed = summaryLines({ ...compared, precisionComparison: undefined });
  assert.ok(borrowed.includes('precision   int8, not compared with float32 on images of this run'));
  const json = outcomeJson({ ...others, report: compared }, undefined);
  const { precisionComparison: printed } = json as { precisionComparison?: object };
  const [float32, other] = [precision.float32, precision.int8].map(({ k, accuracy }) => ({ k, accuracy }));
  assert.deepEqual(printed, { images: 128, cosine: precision.cosine, float32, int8: other });
});
