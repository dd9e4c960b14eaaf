import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededNumbers } from '@verger/core';
import { varianceShares } from './few-rows.ts';
import { fitPca } from './fit.ts';
import { plainIntegerGram } from './gram.ts';
import { addRows, emptySums } from './sums.ts';

const OPTIONS = { variance: 0.75, components: null, standardise: false, sparkCompatible: false };
const WIDTH = 12;

function rows(count: number): Float32Array {
  const next = seededNumbers(5);
  return Float32Array.from({ length: count * WIDTH }, (_, at) => next() * ((at % WIDTH) + 1) * 0.5);
}

for (const standardise of [false, true]) {
  test(`the shares of a few rows are those of their PCA, standardised: ${standardise}`, async () => {
    for (const count of [7, 30]) {
      const features = rows(count);
      const sums = emptySums(WIDTH);
      await addRows(sums, { features, labels: new Array<string>(count).fill('') }, plainIntegerGram);
      const options = { ...OPTIONS, standardise };
      const model = fitPca(sums, options);
      const { k, cumulative } = varianceShares(features, WIDTH, options);
      assert.equal(k, model.k);
      let share = 0;
      for (const [at, ratio] of model.explainedVarianceRatio.entries()) {
        share += ratio;
        assert.ok(Math.abs((cumulative[at] ?? 0) - share) < 1e-4, `${at}: ${cumulative[at]} and ${share}`);
      }
    }
  });
}

test('rows that give fewer components than are asked for give what they have', () => {
  const options = { ...OPTIONS, variance: null, components: 50 };
  assert.equal(varianceShares(rows(5), WIDTH, options).k, 4);
  const same = new Float32Array(3 * WIDTH).fill(2);
  assert.deepEqual(varianceShares(same, WIDTH, OPTIONS), { k: 0, cumulative: [] });
  assert.deepEqual(varianceShares(same.subarray(0, WIDTH), WIDTH, OPTIONS), { k: 0, cumulative: [] });
});
