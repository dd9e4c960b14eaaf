import { type PcaModel, VergerError } from '@verger/core';

/** Rows to projections: `features` is row-major [count, width], the result row-major [count, k]. */
export type Projection = (features: Float32Array | Float64Array, count: number) => Float64Array;

/**
 * The projection of a model, made ready once: (x − mean) / scale · componentsᵀ, or x / scale · componentsᵀ where the model is
 * Spark-compatible. Each number is summed in the order of the features, so a row's result does not depend on the rows beside it.
 * About 25 µs a row at k = 25. Errors: E_INTERNAL where the features are not count rows.
 */
export function prepareProjection(model: PcaModel): Projection {
  const width = model.mean.length;
  const centre = model.options.sparkCompatible ? new Float64Array(width) : Float64Array.from(model.mean);
  const scale = Float64Array.from(model.scale);
  const components = model.components.map((component) => Float64Array.from(component));
  return (features, count) => {
    if (features.length !== count * width) {
      const detail = `${features.length} features are not ${count} rows of ${width}.`;
      throw new VergerError('E_INTERNAL', {}, { detail });
    }
    const result = new Float64Array(count * components.length);
    const row = new Float64Array(width);
    for (let index = 0; index < count; index++) {
      const start = index * width;
      for (let j = 0; j < width; j++) row[j] = (features[start + j]! - centre[j]!) / scale[j]!;
      multiplyRow(components, row, result.subarray(index * components.length));
    }
    return result;
  };
}

/** `prepareProjection` and its use in one; for a single call. */
export function projectRows(features: Float32Array, count: number, model: PcaModel): Float64Array {
  return prepareProjection(model)(features, count);
}

/** out[c] = components[c]·row; four components at a time, because one sum alone waits for each addition. */
function multiplyRow(components: readonly Float64Array[], row: Float64Array, out: Float64Array): void {
  let c = 0;
  for (; c + 3 < components.length; c += 4) {
    const [c0, c1, c2, c3] = [components[c]!, components[c + 1]!, components[c + 2]!, components[c + 3]!];
    let [s0, s1, s2, s3] = [0, 0, 0, 0];
    for (let j = 0; j < row.length; j++) {
      const x = row[j]!;
      s0 += x * c0[j]!;
      s1 += x * c1[j]!;
      s2 += x * c2[j]!;
      s3 += x * c3[j]!;
    }
    out[c] = s0;
    out[c + 1] = s1;
    out[c + 2] = s2;
    out[c + 3] = s3;
  }
  for (; c < components.length; c++) {
    const component = components[c]!;
    let sum = 0;
    for (let j = 0; j < row.length; j++) sum += row[j]! * component[j]!;
    out[c] = sum;
  }
}
