import { type LabelCentroids, type PcaModel, RUN_FILES, type Sums } from '@verger/core';
import type { StoredProjection } from '@verger/tables';
import { anyRow, exchange, exchangeRows, type Plant, plant } from './plant.ts';
import type { PlantedRun } from './planted-run.ts';
import { centroidsUnder, remakeAfterModel, remakeCsv, remakePca } from './remake.ts';

/** Changes the sums of one partition; its own hash, commit and `_SUCCESS` follow. */
function sumsPlant(name: string, changed: (sums: Sums) => void): Plant {
  return plant(name, async (run, random) => {
    const { part } = await anyRow(run, random);
    const sums = await run.sums(part);
    changed(sums);
    await run.writeSums(part, sums);
    await run.reseal([part]);
  });
}

const SUMS_PLANTS: readonly Plant[] = [
  plant('the sums of two partitions exchanged, commits and _SUCCESS rebuilt', async (run) => {
    const [a, b] = [await run.read(run.layout.sums(0)), await run.read(run.layout.sums(1))];
    await run.write(run.layout.sums(0), b);
    await run.write(run.layout.sums(1), a);
    await run.reseal([0, 1]);
  }),
  sumsPlant('one product of the sums is one more', ({ products }) => {
    products[77_777] = products[77_777]! + 1n;
  }),
  sumsPlant('the last product of the sums is 2^40 less', ({ products }) => {
    products[products.length - 1] = products.at(-1)! - (1n << 40n);
  }),
  sumsPlant('one sum is one more, its label too', ({ sum, labels }) => {
    sum[640] = sum[640]! + 1n;
    const [first] = labels.values();
    first!.sum[640] = first!.sum[640]! + 1n;
  }),
  sumsPlant('sums count one row more', (sums) => {
    sums.count += 1;
  }),
  sumsPlant('sums know another largest integer', (sums) => {
    sums.max -= 1;
  }),
  sumsPlant('a label of the sums is another', ({ labels }) => {
    const [[label, sums]] = [...labels] as [
      [string, Sums['labels'] extends Map<string, infer V> ? V : never],
    ];
    labels.delete(label);
    labels.set(`${label}s`, sums);
  }),
];

/** Changes the model (and, where asked, its centroids); everything that follows from it is rebuilt. */
function modelPlant(
  name: string,
  changed: (model: PcaModel) => PcaModel,
  follow: 'all' | 'hashes' = 'all',
): Plant {
  return plant(name, async (run) => {
    const model = changed(await run.model());
    await run.writePca(model, await centroidsUnder(run, model));
    if (follow === 'all') await remakeAfterModel(run);
    else await run.resealSuccess();
  });
}

const flipped = (component: readonly number[]) => component.map((value) => 0 - value);
const replaced = <T>(list: readonly T[], at: number, value: T) =>
  list.map((kept, index) => (index === at ? value : kept));

const MODEL_PLANTS: readonly Plant[] = [
  modelPlant('a component turned to its other sign, everything after it rebuilt', (model) => ({
    ...model,
    components: replaced(model.components, 1, flipped(model.components[1]!)),
  })),
  modelPlant('two components exchanged, everything after them rebuilt', (model) => {
    const components = [...model.components];
    exchange(components, 0, 1);
    return { ...model, components };
  }),
  modelPlant('a component made of another and a little of a third', (model) => {
    const [first, second] = [model.components[0]!, model.components[1]!];
    const mixed = first.map((value, at) => Math.cos(1e-6) * value + Math.sin(1e-6) * second[at]!);
    return { ...model, components: replaced(model.components, 0, mixed) };
  }),
  modelPlant('a component left out, k one less, everything after it rebuilt', (model) => ({
    ...model,
    k: model.k - 1,
    components: model.components.slice(0, -1),
  })),
  plant('k one more, from a right fit, everything after it rebuilt', async (run) => {
    const { k, options } = await run.model();
    await remakePca(run, { ...options, variance: null, components: k + 1 });
    await remakeAfterModel(run);
  }),
  modelPlant('an eigenvalue changed by a millionth', (model) => ({
    ...model,
    explainedVariance: replaced(model.explainedVariance, 2, model.explainedVariance[2]! * (1 - 1e-6)),
  })),
  modelPlant('two small eigenvalues changed, their sum kept', ({ explainedVariance: values, ...model }) => {
    const at = values.length - 4;
    const less = (values[at]! - values[at + 1]!) / 4;
    const changed = replaced(replaced(values, at, values[at]! - less), at + 1, values[at + 1]! + less);
    const explainedVarianceRatio = changed.map((value) => value / model.totalVariance);
    return { ...model, explainedVariance: changed, explainedVarianceRatio };
  }),
  modelPlant('a share of the variance changed', (model) => ({
    ...model,
    explainedVarianceRatio: replaced(
      model.explainedVarianceRatio,
      0,
      model.explainedVarianceRatio[0]! * 1.0001,
    ),
  })),
  modelPlant('the mean of one feature changed by 1e-9, everything after it rebuilt', (model) => ({
    ...model,
    mean: replaced(model.mean, 99, model.mean[99]! + 1e-9),
  })),
  modelPlant('the scale of one feature changed, everything after it rebuilt', (model) => ({
    ...model,
    scale: replaced(model.scale, 5, 1.001),
  })),
  modelPlant(
    'the total variance changed',
    (model) => ({ ...model, totalVariance: model.totalVariance * 1.001 }),
    'hashes',
  ),
  modelPlant('the model counts one row more', (model) => ({ ...model, count: model.count + 1 }), 'hashes'),
  modelPlant('the digest of the sums in the model changed', (model) => ({
    ...model,
    sumsDigest: 'cd'.repeat(32),
  })),
  modelPlant('the options in the model are others', (model) => ({
    ...model,
    options: { ...model.options, sparkCompatible: !model.options.sparkCompatible },
  })),
];

/** Changes the centroids alone; `_SUCCESS` and report follow as far as hashes go. */
function labelsPlant(
  name: string,
  changed: (labels: LabelCentroids['labels']) => LabelCentroids['labels'],
): Plant {
  return plant(name, async (run) => {
    await run.change<LabelCentroids>(RUN_FILES.labels, (file) => ({ ...file, labels: changed(file.labels) }));
    await run.resealSuccess();
  });
}

const LABEL_PLANTS: readonly Plant[] = [
  labelsPlant('a centroid moved', ([first, ...rest]) => [
    { ...first!, centroid: first!.centroid.map((value, at) => (at === 0 ? value + 1e-6 : value)) },
    ...rest,
  ]),
  labelsPlant('two labels have exchanged their centroids', ([a, b, ...rest]) => [
    { ...a!, centroid: b!.centroid },
    { ...b!, centroid: a!.centroid },
    ...rest,
  ]),
  labelsPlant('a label counts one image more', ([first, ...rest]) => [
    { ...first!, count: first!.count + 1 },
    ...rest,
  ]),
  labelsPlant('a label is missing from the centroids', (labels) => labels.slice(1)),
];

/** Changes one projection; `_SUCCESS` follows, and the CSV where asked. */
function projectionPlant(
  name: string,
  changed: (
    rows: StoredProjection,
    row: number,
    run: PlantedRun,
  ) => StoredProjection | Promise<StoredProjection>,
  follow: 'csv' | 'hashes' = 'csv',
): Plant {
  return plant(name, async (run, random) => {
    const { part, row } = await anyRow(run, random);
    await run.writeProjection(part, await changed(await run.projection(part), row, run));
    if (follow === 'csv') await remakeCsv(run);
    await run.resealSuccess();
  });
}

const PROJECTION_PLANTS: readonly Plant[] = [
  projectionPlant('a projection that is not centred, the CSV with it', async (rows, _, run) => {
    const { mean, components } = await run.model();
    const shift = components.map((component) =>
      component.reduce((sum, value, at) => sum + value * mean[at]!, 0),
    );
    return { ...rows, projection: rows.projection.map((value, at) => value + shift[at % rows.k]!) };
  }),
  projectionPlant('one number of a projection changed by a millionth, the CSV with it', (rows, row) => {
    rows.projection[row * rows.k] = rows.projection[row * rows.k]! * (1 + 1e-6);
    return rows;
  }),
  projectionPlant('two rows of a projection exchanged, the CSV with them', (rows, row) => {
    exchange(rows.paths, row, row + 1);
    exchange(rows.labels, row, row + 1);
    exchangeRows(rows.projection, [row, row + 1], rows.k);
    return rows;
  }),
  projectionPlant('the numbers of two rows of a projection exchanged, the CSV with them', (rows, row) => {
    exchangeRows(rows.projection, [row, row + 1], rows.k);
    return rows;
  }),
  projectionPlant('the label of a row of a projection changed, the CSV with it', (rows, row) => {
    rows.labels[row] = 'Quince';
    return rows;
  }),
  projectionPlant(
    'a projection names another PCA model',
    (rows) => ({ ...rows, modelSha256: 'ef'.repeat(32) }),
    'hashes',
  ),
  plant('the projections of two partitions exchanged, the CSV with them', async (run) => {
    const [a, b] = [await run.read(run.layout.projection(0)), await run.read(run.layout.projection(1))];
    await run.write(run.layout.projection(0), b);
    await run.write(run.layout.projection(1), a);
    await run.resealSuccess();
  }),
];

/** Faults of sums, PCA model, centroids and projections. */
export const NUMBER_PLANTS: readonly Plant[] = [
  ...SUMS_PLANTS,
  ...MODEL_PLANTS,
  ...LABEL_PLANTS,
  ...PROJECTION_PLANTS,
];
