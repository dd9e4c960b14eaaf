import { expectedArrays, type KerasWeights } from '../weights/keras-weights.ts';
import { untrainedWeights } from '../weights/untrained-weights.ts';

/** Untrained kernels with batch norms that really scale and shift: a wrong fold, order or epsilon shows. */
export function weightsWithNorms(): KerasWeights {
  const weights = new Map(untrainedWeights(5));
  for (const { key, size } of expectedArrays()) {
    const wave = (base: number, height: number) =>
      Float32Array.from({ length: size }, (_, at) => base + height * Math.sin(at * 1.7 + key.length));
    if (key.endsWith('gamma')) weights.set(key, wave(1, 0.3));
    if (key.endsWith('beta')) weights.set(key, wave(0, 0.2));
    if (key.endsWith('moving_mean')) weights.set(key, wave(0.05, 0.1));
    if (key.endsWith('moving_variance')) weights.set(key, wave(1, 0.3));
  }
  return weights;
}
