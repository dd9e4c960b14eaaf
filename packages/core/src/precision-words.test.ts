import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PrecisionComparison } from './calibration.ts';
import { comparedWords, cosineWords, curveWords, notComparedWords } from './precision-words.ts';

const compared = (images: number): PrecisionComparison => ({
  images,
  cosine: { median: 0.99712, percentile1: 0.9924, least: 0.9906 },
  float32: { k: 2, cumulative: [0.6, 0.8, 1], accuracy: 0.9 },
  int8: { k: 2, cumulative: [0.6, 0.791, 0.999], accuracy: null },
});

test('of few images only the lowest cosine is said', () => {
  assert.equal(cosineWords(compared(20)), 'median 0.997, 1st percentile 0.992, lowest 0.991');
  assert.equal(cosineWords(compared(19)), 'lowest 0.991; too few images to compare');
});

test('the largest difference of the curves is said in percentage points, never too small', () => {
  assert.match(curveWords(compared(128)), /differ by at most 0\.90 percentage points\.$/);
  const { float32 } = compared(1);
  const apart = { ...compared(1), int8: { ...float32, cumulative: [0.59999, 0.8] } };
  assert.match(curveWords(apart), /at most 0\.01 percentage/);
});

test('one image is said in the singular; a run without a comparison says why', () => {
  assert.match(comparedWords({ images: 1 }), /^PCA of this image alone: /);
  assert.match(comparedWords({ images: 128 }), /^PCA of these 128 images alone: .*not with the run$/);
  const model = { sha256: '', runId: 'x' };
  for (const one of [
    { model, reused: 0 },
    { model: undefined, reused: 3 },
  ])
    assert.match(notComparedWords(one), /calibration of an earlier run; not compared on these images/);
  assert.match(
    notComparedWords({ model: undefined, reused: 0 }),
    /of an earlier run or of one image, which held none of these out; not compared/,
  );
});
