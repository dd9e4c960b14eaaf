import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { type IntegerGram, type PcaModel, type PcaOptions, type Sums, sha256 } from '@verger/core';
import { onnxIntegerGram } from '@verger/features';
import {
  addRows,
  emptySums,
  fitPca,
  labelCentroids,
  mergeSums,
  nearestLabels,
  plainIntegerGram,
  prepareProjection,
  sumsDigest,
} from '@verger/pca';
import { sharedFile, sharedTest } from '@verger/testkit/shared';

/** Values of scikit-learn and Spark for the 4,962 photographs; see the README beside them. */
interface PcaReference {
  readonly explained_variance: number[];
  readonly explained_variance_ratio: number[];
  readonly k_75: number;
  readonly k_90: number;
  readonly spark_cumulative_200: number[];
  readonly spark_k_75: number;
  readonly standardised_k_75: number;
  readonly standardised_ratio_first_50: number[];
}

const ROWS = 4962;
const WIDTH = 1280;

const bytesOf = (name: string): ArrayBuffer => {
  const file = readFileSync(sharedFile(`reference/${name}`));
  return file.buffer.slice(file.byteOffset, file.byteOffset + file.byteLength) as ArrayBuffer;
};
const doubles = (name: string) => new Float64Array(bytesOf(name));
const json = <T>(name: string) => JSON.parse(readFileSync(sharedFile(`reference/${name}`), 'utf8')) as T;

/** Read once, and only where a test runs. */
function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
const features = once(() => new Float32Array(bytesOf('all_features.f32')));
const labels = once(() => json<{ label: string[] }>('all_rows.json').label);
const reference = once(() => json<PcaReference>('pca.json'));

/** Sums of the rows cut into that many partitions, merged from the last to the first. */
async function sumsOf(partitions: number, gram: IntegerGram): Promise<Sums> {
  const merged = emptySums(WIDTH);
  for (let part = partitions - 1; part >= 0; part--) {
    const [from, to] = [part, part + 1].map((edge) => Math.floor((edge * ROWS) / partitions)) as [
      number,
      number,
    ];
    const sums = emptySums(WIDTH);
    const rows = {
      features: features().subarray(from * WIDTH, to * WIDTH),
      labels: labels().slice(from, to),
    };
    await addRows(sums, rows, gram);
    mergeSums(merged, sums);
  }
  return merged;
}
const wholeSums = once(() => sumsOf(1, plainIntegerGram));

const options = (asked: Partial<PcaOptions>): PcaOptions => ({
  variance: 0.75,
  components: null,
  standardise: false,
  sparkCompatible: false,
  ...asked,
});
const fit = async (asked: Partial<PcaOptions> = {}) => fitPca(await wholeSums(), options(asked));
const plainModel = once(() => fit());

function largestGap(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  assert.equal(actual.length, expected.length);
  let gap = 0;
  for (let at = 0; at < actual.length; at++) gap = Math.max(gap, Math.abs(actual[at]! - expected[at]!));
  return gap;
}

const firstRows = (model: PcaModel) => prepareProjection(model)(features().subarray(0, 20 * WIDTH), 20);
const cumulative = (ratios: readonly number[]) => {
  let share = 0;
  return ratios.map((ratio) => {
    share += ratio;
    return share;
  });
};

sharedTest(
  "75 % of the variance takes 25 components, as scikit-learn and Spark say, with scikit-learn's ratios",
  async () => {
    const model = await plainModel();
    const { k_75, spark_k_75, explained_variance, explained_variance_ratio, spark_cumulative_200 } =
      reference();
    assert.deepEqual([model.k, model.k, model.count], [k_75, spark_k_75, ROWS]);
    assert.ok(largestGap(model.explainedVarianceRatio, explained_variance_ratio) < 2e-8);
    assert.ok(largestGap(model.explainedVariance, explained_variance) < 5e-6);
    const shares = cumulative(model.explainedVarianceRatio).slice(0, 200);
    assert.ok(largestGap(shares, spark_cumulative_200) < 1e-6);
    assert.ok(largestGap(model.mean, doubles('pca_mean.f64')) < 1e-6);
  },
);

sharedTest('90 % takes 82 components, and the first 25 of them are the same bits', async () => {
  const model = await fit({ variance: 0.9 });
  assert.equal(model.k, 82);
  assert.equal(model.k, reference().k_90);
  assert.deepEqual(model.components.slice(0, 25), (await plainModel()).components);
});

sharedTest(
  "30 components and the projections of 20 photographs are scikit-learn's, signs included",
  async () => {
    const model = await fit({ variance: null, components: 30 });
    assert.ok(largestGap(model.components.flat(), doubles('pca_components_30.f64')) < 1e-5);
    assert.ok(largestGap(firstRows(model), doubles('pca_projection_20x30.f64')) < 1e-4);
  },
);

sharedTest("Spark-compatible, the projections are what Spark wrote, up to Spark's signs", async () => {
  const model = await fit({ sparkCompatible: true });
  const expected = doubles('spark_projection_20x25.f64');
  const actual = firstRows(model);
  for (let c = 0; c < 25; c++) {
    const [own, spark] = [actual, expected].map((all) =>
      Float64Array.from({ length: 20 }, (_, row) => all[row * 25 + c]!),
    ) as [Float64Array, Float64Array];
    const gap = Math.min(
      largestGap(own, spark),
      largestGap(
        own.map((value) => -value),
        spark,
      ),
    );
    assert.ok(gap < 1e-4, `component ${c}: ${gap}`);
  }
});

sharedTest('standardised, 75 % takes 63 components with the reference ratios', async () => {
  const model = await fit({ standardise: true });
  assert.equal(model.k, reference().standardised_k_75);
  assert.ok(
    largestGap(model.explainedVarianceRatio.slice(0, 50), reference().standardised_ratio_first_50) < 1e-6,
  );
  assert.equal(model.totalVariance, model.scale.length);
});

sharedTest(
  "1, 5, 24 and 97 partitions, with the engine's product or the plain one, give the same bytes of the model",
  async () => {
    const bytes = JSON.stringify(await plainModel());
    for (const partitions of [5, 24, 97]) {
      const sums = await sumsOf(partitions, onnxIntegerGram);
      assert.equal(sumsDigest(sums), sumsDigest(await wholeSums()), `${partitions}`);
      assert.equal(JSON.stringify(fitPca(sums, options({}))), bytes, `${partitions}`);
    }
  },
);

sharedTest(
  'the bytes of sums and model are the ones pinned here, on whatever machine this runs',
  async () => {
    assert.equal(
      sumsDigest(await wholeSums()),
      '33296bfb1088ece6c65eea0a954ca7a6a68efb3cb543fe5ece291a0261994130',
    );
    assert.equal(
      sha256(JSON.stringify(await plainModel())),
      '4d2cce5b03ddcc06db6ab7dd11d39a0975f75609505a15712c20177d33842b22',
    );
  },
);

sharedTest('labels that look alike are nearest to each other', async () => {
  const nearest = nearestLabels(labelCentroids(await wholeSums(), await plainModel()), 1000);
  assert.equal(nearest.length, new Set(labels()).size);
  const of = new Map(nearest.map((entry) => [entry.label, entry.nearest]));
  const kin = ['Tomato 1', 'Tomato 3', 'Apple Pink Lady', 'Apple Red 2', 'Apple Golden 2', 'Apple Golden 3'];
  assert.deepEqual(
    kin.map((label) => of.get(label)),
    ['Tomato 3', 'Tomato 1', 'Apple Red 2', 'Apple Pink Lady', 'Apple Golden 3', 'Apple Golden 2'],
  );
});
