import { cosineBetween, type Extractor, FEATURES, type Fingerprint } from '@verger/core';
import { probePixels } from './numeric-class.ts';
import { PROBE_FEATURES } from './probe-features.ts';
import { PROBE_IMAGES } from './probe-images.ts';

/**
 * Largest difference at which weights count as Keras' ImageNet ones: fifty times what engines differ by, far
 * less than other weights do.
 */
const TOLERANCE = 1e-3;
const STEP = 1e-4;
/**
 * Least cosine of int8 features with the known ones: that of other weights, or of products that overflow, is
 * far less.
 */
const LEAST_COSINE = 0.95;

/**
 * Compares the features of the built-in JPEG probe with the known ImageNet ones; those of int8 only by their
 * direction. `maxAbsDifference` is NaN when a feature is not a number, and then not ok. The caller refuses
 * weights that claim to be ImageNet's with E_WEIGHTS_PROBE. Cost: one image.
 */
export async function probeWeights(
  extractor: Pick<Extractor, 'infer'> & { readonly fingerprint: Pick<Fingerprint, 'precision'> },
): Promise<{ ok: boolean; maxAbsDifference: number }> {
  const features = await extractor.infer(await probePixels(PROBE_IMAGES[0]));
  const bytes = Buffer.from(PROBE_FEATURES, 'base64');
  const known = Float64Array.from({ length: FEATURES }, (_, index) => bytes.readUInt16LE(index * 2) * STEP);
  let maxAbsDifference = 0;
  for (let index = 0; index < FEATURES; index += 1) {
    const difference = Math.abs((features[index] ?? Number.NaN) - known[index]!);
    maxAbsDifference = Math.max(maxAbsDifference, difference);
  }
  const isInt8 = extractor.fingerprint.precision === 'int8';
  return {
    ok: isInt8 ? cosineBetween(features, known) >= LEAST_COSINE : maxAbsDifference <= TOLERANCE,
    maxAbsDifference,
  };
}
