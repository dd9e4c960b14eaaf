import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Report } from '@verger/core';
import { summaryLines } from './outcome-text.ts';

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
