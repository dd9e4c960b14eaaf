import { DEFAULT_CALIBRATION_IMAGES, type DecodeLimits } from '@verger/core';
import type { Network } from '@verger/driver';
import {
  encodeCalibration,
  prepareNetwork,
  prepareRangeNetwork,
  UNTRAINED_SEED,
} from '@verger/features/weights';

/** What a network is quantised with. */
export interface Int8Sample {
  readonly images: readonly Uint8Array[];
  readonly limits?: DecodeLimits | undefined;
  readonly signal: AbortSignal;
}

/**
 * The int8 network of the same weights, calibrated on the first 64 of the images that can be decoded, in this
 * process. Cost: a second. Errors: E_CALIBRATION when there are none; E_WEIGHTS_…; the signal's reason.
 */
export async function quantiseFor(
  { fingerprint, origin }: Network,
  { images, limits, signal }: Int8Sample,
): Promise<Pick<Network, 'network' | 'fingerprint'>> {
  const { weightsKind, weightsSha256 } = fingerprint;
  const source =
    weightsKind === 'untrained'
      ? ({ kind: 'untrained', seed: UNTRAINED_SEED } as const)
      : ({ kind: 'file', path: origin, custom: weightsKind === 'custom' } as const);
  // Only here does the main process decode and infer itself.
  const { createCalibrator, decodeImage } = await import('@verger/features');
  const calibrator = await createCalibrator(await prepareRangeNetwork(source));
  try {
    const calibrated = [];
    for (const [index, bytes] of images.entries()) {
      if (calibrated.length === DEFAULT_CALIBRATION_IMAGES) break;
      signal.throwIfAborted();
      const decoded = await decodeImage(bytes, undefined, limits);
      if (!decoded.ok) continue;
      const { ranges } = await calibrator.measure(decoded.pixels);
      calibrated.push({ path: String(index), ranges });
    }
    const calibration = encodeCalibration({ weightsSha256, calibrated, held: [] });
    return await prepareNetwork({ ...source, calibration });
  } finally {
    await calibrator.close();
  }
}
