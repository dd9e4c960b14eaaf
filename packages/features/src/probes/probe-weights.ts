import { type Extractor, FEATURES } from '@verger/core';
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
 * Compares the features of the built-in JPEG probe with the known ImageNet ones. `maxAbsDifference` is NaN
 * when a feature is not a number, and then not ok. The caller refuses weights that claim to be ImageNet's
 * with E_WEIGHTS_PROBE. Cost: one image.
 */
export async function probeWeights(
  extractor: Pick<Extractor, 'infer'>,
): Promise<{ ok: boolean; maxAbsDifference: number }> {
  const features = await extractor.infer(await probePixels(PROBE_IMAGES[0]));
  const known = Buffer.from(PROBE_FEATURES, 'base64');
  let maxAbsDifference = 0;
  for (let index = 0; index < FEATURES; index += 1) {
    const difference = Math.abs((features[index] ?? Number.NaN) - known.readUInt16LE(index * 2) * STEP);
    maxAbsDifference = Math.max(maxAbsDifference, difference);
  }
  return { ok: maxAbsDifference <= TOLERANCE, maxAbsDifference };
}
