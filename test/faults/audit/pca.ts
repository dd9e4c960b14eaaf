import { canonical } from './context.ts';
import { type Covariance, covarianceOf, dot, doubleOf, times } from './covariance.ts';
import type { LabelCentroids, PcaModel, PcaOptions } from './records.ts';
import { digestOfSums, type SumsFile, WIDTH } from './sums-file.ts';

/** Largest residual, as a share of the largest eigenvalue or of a length of 1. */
const TOLERANCE = 1e-10;
const SHARE_SLACK = 1e-12;
const RANK_SHARE = WIDTH * 2 ** -52;
const POWER_STEPS = 30;

type Fault = (text: string) => void;

const far = (a: number, b: number, tolerance: number) =>
  !(Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(b)));

/**
 * Checks a PCA model against merged sums without solving anything: its vectors are eigenvectors of the
 * covariance, its eigenvalues have the trace and the sum of squares of that matrix, no direction is left that
 * varies more than the next eigenvalue says, and k is the smallest that keeps the variance asked for. (k +
 * 30) matrix-vector products.
 */
export function checkModel(
  fault: Fault,
  model: PcaModel,
  found: { sums: SumsFile; options: PcaOptions },
): void {
  const { sums, options } = found;
  if (canonical(model.options) !== canonical(options)) fault('its options are not those of the manifest');
  if (model.count !== sums.count) fault(`it counts ${model.count} rows, the sums ${sums.count}`);
  if (model.sumsDigest !== digestOfSums(sums)) fault('its sums digest is not that of the merged sums');
  if (!hasShape(model, sums.count)) {
    fault('its arrays have other lengths');
    return;
  }
  const covariance = covarianceOf(sums, options.standardise);
  const { mean, scale, trace } = covariance;
  if (model.mean.some((value, at) => far(value, mean[at]!, 1e-14))) fault('its mean is not that of the sums');
  if (model.scale.some((value, at) => far(value, scale[at]!, 1e-13)))
    fault('its scale is not that of the sums');
  if (far(model.totalVariance / trace, 1, 1e-12))
    fault('its total variance is not the trace of the covariance');
  checkEigenvalues(fault, model, covariance);
  checkComponents(fault, model, covariance.matrix);
  checkRest(fault, model, covariance.matrix);
  checkK(fault, model, options);
}

function hasShape(
  { k, mean, scale, components, explainedVariance, explainedVarianceRatio }: PcaModel,
  n: number,
): boolean {
  const values = Math.min(n - 1, WIDTH);
  return (
    [mean, scale, ...components].every((list) => list.length === WIDTH) &&
    components.length === k &&
    explainedVariance.length === values &&
    explainedVarianceRatio.length === values &&
    k <= values
  );
}

function checkEigenvalues(fault: Fault, model: PcaModel, { matrix, trace }: Covariance): void {
  const values = model.explainedVariance;
  if (values.some((value, at) => value < 0 || (at > 0 && value > values[at - 1]!))) {
    fault('its explained variances do not fall');
  }
  const sum = values.reduce((total, value) => total + value, 0);
  if (far(sum / trace, 1, 1e-12)) fault('its explained variances do not add up to the trace');
  const squares = dot(matrix, matrix);
  if (far(dot(values, values) / squares, 1, 1e-11))
    fault('its explained variances have another sum of squares');
  const ratios = model.explainedVarianceRatio;
  if (ratios.some((ratio, at) => far(ratio, values[at]! / trace, 1e-12)))
    fault('its ratios are not those of its variances');
}

function checkComponents(fault: Fault, model: PcaModel, matrix: Float64Array): void {
  const { components, explainedVariance } = model;
  const largest = explainedVariance[0]!;
  for (const [index, component] of components.entries()) {
    const image = times(matrix, component);
    const value = explainedVariance[index]!;
    const residual = Math.hypot(...image.map((entry, at) => entry - value * component[at]!));
    if (!(residual <= TOLERANCE * largest))
      fault(`component ${index} is no eigenvector: residual ${residual}`);
    for (let other = 0; other <= index; other++) {
      const product = dot(component, components[other]!);
      if (far(product, other === index ? 1 : 0, TOLERANCE))
        fault(`components ${other} and ${index} are not orthonormal`);
    }
    let turn = 0;
    for (let at = 1; at < WIDTH; at++) if (Math.abs(component[at]!) > Math.abs(component[turn]!)) turn = at;
    if (!(component[turn]! > 0)) fault(`the largest entry of component ${index} is not positive`);
  }
}

/**
 * No direction beside the components may vary more than the eigenvalue that comes after them: power iteration
 * from a fixed start.
 */
function checkRest(fault: Fault, { components, explainedVariance, k }: PcaModel, matrix: Float64Array): void {
  let vector: Float64Array = Float64Array.from({ length: WIDTH }, (_, at) => Math.sin(at * at + 1));
  let variance = 0;
  for (let step = 0; step < POWER_STEPS; step++) {
    for (const component of components) {
      const share = dot(vector, component);
      for (let at = 0; at < WIDTH; at++) vector[at]! -= share * component[at]!;
    }
    const length = Math.sqrt(dot(vector, vector));
    // From the second step on it is the image of a unit vector: next to nothing is rounding, in no direction
    // beside the components.
    if (length === 0 || (step > 0 && length <= TOLERANCE * explainedVariance[0]!)) return;
    vector = vector.map((value) => value / length);
    const image = times(matrix, vector);
    variance = dot(vector, image);
    vector = image;
  }
  const next = explainedVariance[k] ?? 0;
  if (variance > next + TOLERANCE * explainedVariance[0]!)
    fault(`a direction beside its components varies by ${variance}, not ${next}`);
}

function checkK(
  fault: Fault,
  { k, explainedVariance, explainedVarianceRatio }: PcaModel,
  options: PcaOptions,
): void {
  const rank = explainedVariance.filter((value) => value > explainedVariance[0]! * RANK_SHARE).length;
  if (k > rank) fault(`k is ${k}, but only ${rank} directions vary`);
  if (options.components !== null) {
    if (k !== options.components) fault(`k is ${k}, but ${options.components} components were asked for`);
    return;
  }
  const target = options.variance! - SHARE_SLACK;
  let share = 0;
  let smallest = 0;
  while (smallest < rank && share < target) share += explainedVarianceRatio[smallest++]!;
  if (k !== smallest) fault(`k is ${k}, but ${smallest} components are the fewest that keep the variance`);
}

/**
 * One row, centred and scaled as the model says, times the components; and the rounding that each number may
 * have.
 */
export function projectRow(model: PcaModel, row: ArrayLike<number>): { values: number[]; slack: number[] } {
  const { mean, scale, options } = model;
  const ready = Float64Array.from(
    { length: WIDTH },
    (_, at) => (row[at]! - (options.sparkCompatible ? 0 : mean[at]!)) / scale[at]!,
  );
  const slack: number[] = [];
  const values = model.components.map((component) => {
    let value = 0;
    let size = 0;
    for (let at = 0; at < WIDTH; at++) {
      const product = ready[at]! * component[at]!;
      value += product;
      size += Math.abs(product);
    }
    slack.push(size * WIDTH * 2 ** -52);
    return value;
  });
  return { values, slack };
}

/**
 * Checks the centroids: each label of the sums, in byte order, with its count and the projection of its mean.
 */
export function checkLabels(
  fault: Fault,
  labels: LabelCentroids,
  found: { sums: SumsFile; model: PcaModel },
): void {
  const { sums, model } = found;
  if (labels.truncated !== sums.truncated) fault('it says otherwise whether labels were left out');
  const names = (list: readonly { label: string; count: number }[]) =>
    JSON.stringify(list.map(({ label, count }) => [label, count]));
  if (names(labels.labels) !== names(sums.labels)) {
    fault('its labels and counts are not those of the sums');
    return;
  }
  for (const [index, { label, count, centroid }] of labels.labels.entries()) {
    const mean = Float64Array.from(
      { length: WIDTH },
      (_, at) => doubleOf(sums.labels[index]!.sum, at) / count / 65536,
    );
    const { values, slack } = projectRow(model, mean);
    const isNear =
      centroid.length === model.k &&
      centroid.every((value, at) => Math.abs(value - values[at]!) <= slack[at]!);
    if (!isNear) fault(`the centroid of ${JSON.stringify(label)} is not the projection of its mean`);
  }
}
