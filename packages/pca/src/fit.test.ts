import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { type PcaModel, type PcaOptions, pcaModelSchema, type Sums, sha256, VergerError } from '@verger/core';
import { type Rows, seededRows, sumsOf } from '@verger/testkit/sums-rows';
import fc from 'fast-check';
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { sumsDigest } from './digest.ts';
import { fitPca, orient } from './fit.ts';
import { emptySums, mergeSums } from './sums.ts';

const options = (asked: Partial<PcaOptions>): PcaOptions => ({
  variance: asked.components === undefined ? 0.75 : null,
  components: null,
  standardise: false,
  sparkCompatible: false,
  ...asked,
});

const refusal = (sums: Sums, asked: Partial<PcaOptions>): string => {
  try {
    fitPca(sums, options(asked));
  } catch (error) {
    if (error instanceof VergerError) return `${error.code} ${error.detail}`;
  }
  return 'none';
};

/** The covariance of the rows by the definition, in doubles. */
function covariance(rows: Rows): Matrix {
  const matrix = new Matrix(rows.map((row) => [...row]));
  const centred = matrix.subRowVector(matrix.mean('column'));
  return centred
    .transpose()
    .mmul(centred)
    .div(rows.length - 1);
}

function assertFit(rows: Rows, model: PcaModel): void {
  const width = rows[0]!.length;
  const matrix = covariance(rows);
  const oracle = new EigenvalueDecomposition(matrix, { assumeSymmetric: true }).realEigenvalues.sort(
    (a, b) => b - a,
  );
  const size = oracle[0]! * width;
  const kept = Math.min(rows.length - 1, width);
  assert.equal(model.explainedVariance.length, kept);
  assert.equal(model.explainedVarianceRatio.length, kept);
  for (let at = 0; at < kept; at++) {
    assert.ok(Math.abs(model.explainedVariance[at]! - oracle[at]!) < 1e-13 * size, `value ${at}`);
    assert.equal(model.explainedVarianceRatio[at], model.explainedVariance[at]! / model.totalVariance);
  }
  const components = new Matrix(model.components);
  const product = components.mmul(components.transpose()).sub(Matrix.eye(model.k));
  assert.ok(product.abs().max() < 1e-13, 'orthonormal');
  const residual = components
    .mmul(matrix)
    .sub(components.clone().mulColumnVector(model.explainedVariance.slice(0, model.k)));
  assert.ok(residual.abs().max() < 1e-13 * size, 'components are eigenvectors of the covariance');
}

test('components and variances are those of the covariance, more rows than features or fewer', async () => {
  const shape = fc.record({
    count: fc.integer({ min: 2, max: 12 }),
    width: fc.integer({ min: 1, max: 9 }),
    seed: fc.nat(),
  });
  await fc.assert(
    fc.asyncProperty(
      shape,
      fc.double({ min: 0.01, max: 1, noNaN: true }),
      async ({ count, width, seed }, variance) => {
        const rows = seededRows(count, width, seed);
        const model = fitPca(await sumsOf(rows), options({ variance }));
        pcaModelSchema.parse(model);
        assertFit(rows, model);
        const share = (k: number) =>
          model.explainedVarianceRatio.slice(0, k).reduce((sum, ratio) => sum + ratio, 0);
        assert.ok(
          share(model.k) >= variance - 1e-11 && share(model.k - 1) < variance,
          'k is the first that reaches',
        );
        for (const component of model.components) {
          const sizes = component.map(Math.abs);
          assert.ok(component[sizes.indexOf(Math.max(...sizes))]! > 0, 'sign');
        }
      },
    ),
  );
});

/** All 2^width corners of a cube: every feature has the same variance, no two are correlated. */
const cube = (width: number): Rows =>
  Array.from({ length: 2 ** width }, (_, corner) =>
    Array.from({ length: width }, (_, j) => (corner >> j) & 1),
  );

test('equal variances: k is the first share that reaches the target, not the next', async () => {
  const rows = cube(4);
  const sums = await sumsOf(rows);
  for (const [variance, k] of [
    [0.25, 1],
    [0.26, 2],
    [0.75, 3],
    [0.75 + 1e-9, 4],
    [1, 4],
  ] as const) {
    const model = fitPca(sums, options({ variance }));
    assert.equal(model.k, k, `${variance}`);
    assertFit(rows, model);
  }
});

test('the rank bounds k: a variance of 1 takes it, and more components are refused', async () => {
  const line = Array.from({ length: 9 }, (_, t) => [t / 4, 1, 3 - t / 4, t / 2]);
  const sums = await sumsOf(line);
  assert.equal(fitPca(sums, options({ variance: 1 })).k, 1);
  assert.equal(fitPca(sums, options({ components: 1 })).k, 1);
  assert.match(
    refusal(sums, { components: 2 }),
    /^E_PCA_COMPONENTS 2 were requested; at most 1 are possible\.$/,
  );

  const three = await sumsOf(seededRows(3, 10, 8));
  assert.equal(fitPca(three, options({ variance: 1 })).k, 2);
  assert.equal(fitPca(three, options({ components: 2 })).explainedVariance.length, 2);
  assert.match(refusal(three, { components: 3 }), /at most 2 are possible\.$/);

  const wide = await sumsOf(seededRows(30, 5, 8));
  assert.equal(fitPca(wide, options({ components: 5 })).k, 5);
  assert.match(refusal(wide, { components: 6 }), /at most 5 are possible\.$/);
});

test('too few rows and no variance are errors of their own', async () => {
  assert.match(refusal(await sumsOf([[1, 2]]), {}), /^E_PCA_TOO_FEW/);
  assert.match(
    refusal(
      await sumsOf([
        [1, 2],
        [1, 2],
      ]),
      {},
    ),
    /^E_PCA_NO_VARIANCE/,
  );
});

test('a copy of a feature, constants and features of 0 give no number that is not finite', async () => {
  const rows = seededRows(12, 2, 6).map(([a, b]) => [a!, b!, a!, 0, 5]);
  for (const standardise of [false, true]) {
    const model = fitPca(await sumsOf(rows), options({ variance: 1, standardise }));
    assert.equal(model.k, 2);
    pcaModelSchema.parse(model);
    assert.ok(model.components.every((component) => component[3] === 0 && component[4] === 0));
    assert.ok(model.explainedVariance.every((value) => value >= 0));
  }
});

test('standardised: the total is the number of features that vary, whatever their scale', async () => {
  const rows = seededRows(50, 3, 2).map(([a, b, c]) => [a!, Math.round(b! * 64) / 65536, c!, 1]);
  const model = fitPca(await sumsOf(rows), options({ components: 3, standardise: true }));
  assert.equal(model.totalVariance, 3);
  const deviation = Math.sqrt(covariance(rows).get(1, 1));
  assert.ok(Math.abs(model.scale[1]! / deviation - 1) < 1e-12);
  const stretched = rows.map(([a, b, c, d]) => [a! * 2, b! * 8, c!, d!]);
  const same = fitPca(await sumsOf(stretched), options({ components: 3, standardise: true }));
  for (const at of [0, 1, 2]) {
    assert.ok(Math.abs(same.explainedVariance[at]! - model.explainedVariance[at]!) < 1e-12);
  }
});

test('the largest entry is made positive; on a tie the first', () => {
  assert.deepEqual([...orient(Float64Array.of(0.5, -0.5, 0.1))], [0.5, -0.5, 0.1]);
  assert.deepEqual([...orient(Float64Array.of(-0.5, 0.5, 0.1))], [0.5, -0.5, -0.1]);
  assert.deepEqual([...orient(Float64Array.of(0.1, 0.2, -0.9))], [-0.1, -0.2, 0.9]);
});

test('any partitioning gives the same bytes of the model, and fitting leaves the sums alone', async () => {
  const rows = seededRows(23, 6, 12);
  const whole = await sumsOf(rows);
  const digest = sumsDigest(whole);
  const bytes = JSON.stringify(fitPca(whole, options({})));
  assert.equal(sumsDigest(whole), digest);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(23), { maxLength: 5 }), async (cuts) => {
      const edges = [0, ...cuts, 23].sort((a, b) => a - b);
      const merged = emptySums(6);
      for (let at = edges.length - 1; at > 0; at--) {
        mergeSums(merged, await sumsOf(rows.slice(edges[at - 1], edges[at]), { width: 6 }));
      }
      assert.equal(JSON.stringify(fitPca(merged, options({}))), bytes);
    }),
    { numRuns: 30 },
  );
});

test('a model comes back from JSON as it was: no −0 stands in it', async () => {
  for (let seed = 1; seed <= 8; seed++) {
    // Constant features have entries 0, which turning the vector makes −0.
    const rows = seededRows(12, 3, seed).map((row) => [...row, 0, 5]);
    const model = fitPca(await sumsOf(rows), options({ variance: 1 }));
    assert.deepEqual(JSON.parse(JSON.stringify(model)), model);
  }
});

test('variances that rounding makes negative are 0', async () => {
  const line = Array.from({ length: 50 }, (_, t) =>
    Array.from({ length: 20 }, (_, j) => (t * (j + 1)) / 256),
  );
  const flat = fitPca(await sumsOf(line), options({}));
  assert.equal(flat.explainedVariance.length, 20);
  assert.ok(flat.explainedVariance.every((value) => value >= 0) && flat.explainedVariance.includes(0));
});

test('a share that rounding leaves just below the target has reached it', async () => {
  for (let width = 2; width <= 11; width++) {
    const sums = await sumsOf(cube(width));
    for (let k = 1; k < width; k++) {
      assert.equal(fitPca(sums, options({ variance: k / width })).k, k, `${k} of ${width}`);
    }
  }
});

test('of equal variances the components come in the order of the features', async () => {
  const model = fitPca(await sumsOf(cube(3)), options({ variance: 1 }));
  assert.deepEqual(model.components, [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ]);
});

test('the bytes of the model are the same on every machine', async () => {
  const sums = await sumsOf(seededRows(200, 40, 1));
  const digest = (asked: Partial<PcaOptions>) => sha256(JSON.stringify(fitPca(sums, options(asked))));
  assert.equal(digest({ variance: 0.9 }), '02c871c3fcd0a13729ab2dfbfb8043401fc5122f48aa14a8583a7706fd792ce3');
  assert.equal(
    digest({ components: 39, standardise: true }),
    '040ac87a4c5d2058b3cd41ac69df5d58ee9dea86ef154a5df6653c021f304c40',
  );
});

test('the sources use no function whose last bit a machine may choose', () => {
  const exact = new Set(['abs', 'ceil', 'floor', 'max', 'min', 'sqrt']);
  const folder = new URL('.', import.meta.url);
  const files = readdirSync(folder).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'));
  assert.ok(files.length >= 10);
  for (const file of files) {
    const source = readFileSync(new URL(file, folder), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '');
    for (const [, name] of source.matchAll(/Math\.(\w+)/g))
      assert.ok(exact.has(name!), `${file}: Math.${name}`);
    assert.doesNotMatch(source, /\*\*/, `${file}: **`);
  }
});
