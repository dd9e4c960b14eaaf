import { DEFAULT_CALIBRATION_IMAGES, type DecodeLimits } from '@verger/core';
import { encodeCalibration, prepareCalibration, type WeightsSource } from '@verger/features/weights';
import { createChildren, createImagePool, type ImagePoolOptions } from '@verger/stages';

const BATCH_IMAGES = 8;

/** What is calibrated on, and with which weights. */
export interface Int8Sample {
  readonly source: WeightsSource;
  readonly images: readonly Uint8Array[];
  readonly limits?: DecodeLimits | undefined;
  readonly signal: AbortSignal;
}

/**
 * The bytes of a calibration on the first of the images, up to 64, in a child of its own; those that cannot be
 * decoded are left out. Cost: 2 s. Errors: E_CALIBRATION when all are; E_WEIGHTS_…; the signal's reason.
 */
export async function calibrateOn(
  options: Omit<ImagePoolOptions, 'init' | 'processes'>,
  { source, images, limits, signal }: Int8Sample,
): Promise<Uint8Array> {
  const network = await prepareCalibration(source);
  const pool = createImagePool({ ...options, processes: 1, init: { ...network, purpose: 'calibrate' } });
  const children = createChildren(pool, 1);
  const stop = () => void pool.close();
  signal.addEventListener('abort', stop, { once: true });
  try {
    await pool.start();
    const calibrated = [];
    for (let at = 0; at < Math.min(images.length, DEFAULT_CALIBRATION_IMAGES); at += BATCH_IMAGES) {
      signal.throwIfAborted();
      const batch = { images: images.slice(at, at + BATCH_IMAGES), limits };
      const measured = await children.call('measure', batch, { signal });
      for (const one of measured) {
        if (typeof one !== 'string') calibrated.push({ path: String(calibrated.length), ranges: one.ranges });
      }
    }
    return encodeCalibration({ weightsSha256: network.fingerprint.weightsSha256, calibrated, held: [] });
  } finally {
    signal.removeEventListener('abort', stop);
    await pool.close();
  }
}
