import { VergerError } from '@verger/core';
import { LAYERS, sizeOf } from '../network/layers.ts';

/**
 * Weight arrays of MobileNetV2 in Keras' layout (row-major), by `<layer>/<array>`, e.g. `Conv1/kernel`; every
 * array of LAYERS is there.
 */
export type KerasWeights = ReadonlyMap<string, Float32Array>;

/** One row of `model.summary()`. `shape` is the output's, without the batch dimension. */
export interface SummaryRow {
  readonly layer: string;
  readonly kind: string;
  readonly shape: readonly number[];
  readonly parameters: number;
}

/** The array of that name. Errors: E_INTERNAL when it is not there, which the readers of weights exclude. */
export function weightArray(weights: KerasWeights, key: string): Float32Array {
  const array = weights.get(key);
  if (array === undefined)
    throw new VergerError('E_INTERNAL', {}, { detail: `no weight array ${JSON.stringify(key)}` });
  return array;
}

/**
 * Every layer in order, as `model.summary()` prints them; parameters are counted in the arrays themselves
 * (2,257,984 in all).
 */
export function summariseWeights(weights: KerasWeights): SummaryRow[] {
  return LAYERS.map(({ name, kind, shape, weights: arrays }) => ({
    layer: name,
    kind,
    shape,
    parameters: arrays.reduce((sum, array) => sum + weightArray(weights, `${name}/${array.name}`).length, 0),
  }));
}

/** The arrays a network needs, in LAYERS' order: key, shape and number of values. */
export function expectedArrays(): { key: string; layer: string; shape: readonly number[]; size: number }[] {
  return LAYERS.flatMap((layer) =>
    layer.weights.map(({ name, shape }) => ({
      key: `${layer.name}/${name}`,
      layer: layer.name,
      shape,
      size: sizeOf(shape),
    })),
  );
}
