import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type PcaModel, VergerError } from '@verger/core';
import { featuresOf, seededRows, sumsOf } from '@verger/testkit/sums-rows';
import { fitPca } from './fit.ts';
import { prepareProjection, projectRows } from './project.ts';

const rows = seededRows(20, 7, 3);
const fitted = async (over: { standardise?: boolean; sparkCompatible?: boolean; components?: number }) =>
  fitPca(await sumsOf(rows), {
    variance: null,
    components: 6,
    standardise: false,
    sparkCompatible: false,
    ...over,
  });

/** By the definition, one number after the other. */
function slowProjection(model: PcaModel, rows: readonly (readonly number[])[]): number[] {
  return rows.flatMap((row) =>
    model.components.map((component) => {
      let sum = 0;
      for (const [j, value] of row.entries()) {
        const centred = model.options.sparkCompatible ? value : value - model.mean[j]!;
        sum += (centred / model.scale[j]!) * component[j]!;
      }
      return sum;
    }),
  );
}

test('the projection is the definition to the last bit, in all conventions and for any k', async () => {
  for (const standardise of [false, true]) {
    for (const sparkCompatible of [false, true]) {
      for (const components of [1, 4, 6]) {
        const model = await fitted({ standardise, sparkCompatible, components });
        for (const count of [20, 7, 1, 0]) {
          const some = rows.slice(0, count);
          assert.deepEqual([...projectRows(featuresOf(some), count, model)], slowProjection(model, some));
        }
      }
    }
  }
});

test('a projection is centred, unless Spark-compatible: then it is moved by the projected mean', async () => {
  const centred = projectRows(featuresOf(rows), 20, await fitted({}));
  const moved = projectRows(featuresOf(rows), 20, await fitted({ sparkCompatible: true }));
  for (let c = 0; c < 6; c++) {
    let sum = 0;
    for (let row = 0; row < 20; row++) {
      sum += centred[row * 6 + c]!;
      assert.ok(Math.abs(moved[row * 6 + c]! - centred[row * 6 + c]! - (moved[c]! - centred[c]!)) < 1e-13);
    }
    assert.ok(Math.abs(sum) < 1e-12, `component ${c} has mean 0`);
  }
  assert.ok(Math.abs(moved[0]! - centred[0]!) > 0.1);
});

test('the variance of a projected column is the explained variance', async () => {
  const model = await fitted({ standardise: true });
  const result = projectRows(featuresOf(rows), 20, model);
  for (let c = 0; c < 6; c++) {
    let squares = 0;
    for (let row = 0; row < 20; row++) squares += result[row * 6 + c]! * result[row * 6 + c]!;
    assert.ok(Math.abs(squares / 19 - model.explainedVariance[c]!) < 1e-12);
  }
});

test('a row gives the same bits alone as among others, and a projection may be used again', async () => {
  const project = prepareProjection(await fitted({}));
  const all = project(featuresOf(rows), 20);
  for (const [row, values] of rows.entries()) {
    assert.deepEqual(project(featuresOf([values]), 1), all.slice(row * 6, row * 6 + 6));
  }
  assert.equal(project(new Float32Array(0), 0).length, 0);
});

test('features that are not whole rows are refused', async () => {
  const project = prepareProjection(await fitted({}));
  assert.throws(
    () => project(new Float32Array(13), 2),
    (error) => error instanceof VergerError && error.code === 'E_INTERNAL',
  );
});
