import {
  decodeLimitsOf,
  type ExtractionOptions,
  HELD_IMAGES,
  type OperationalOptions,
  type Storage,
  VergerError,
} from '@verger/core';
import {
  type CalibratedImages,
  encodeCalibration,
  prepareCalibration,
  type WeightsSource,
} from '@verger/features/weights';
import { type DrawnImage, drawImages, type ListingSpool } from '@verger/listing';
import { type Measurement, measureImages } from '@verger/stages';
import type { Driver } from './driver.ts';
import { type LocalExecutor, startChildren } from './open-executor.ts';

/** More children would each start for less than a quarter of a second of work. */
const MOST_CHILDREN = 8;

/** What is calibrated, and on what. */
export interface CalibrationRequest {
  readonly images: Storage;
  readonly extraction: ExtractionOptions;
  readonly operational: OperationalOptions;
  /** Weights, once they are found. */
  readonly weights: Promise<WeightsSource>;
}

/** A calibration that is to be made once the images are listed. */
export interface Calibrating {
  /** The bytes of `calibration.json`. Once. Errors: E_CALIBRATION; those of children and storage. */
  calibrate(listed: Pick<ListingSpool, 'read'>): Promise<Uint8Array>;
  /** The children that measure: once that is done, `renew` makes them those of the run. */
  readonly children: LocalExecutor;
  /** Ends its children, also those that still start. */
  close(): Promise<void>;
}

/**
 * Starts children for a calibration, which load while weights are found and images are listed. Cost: 1 s on
 * two cores for 192 images.
 */
export function startCalibration(driver: Driver, request: CalibrationRequest): Calibrating {
  const { operational, weights, images, extraction } = request;
  const prepared = weights.then(prepareCalibration);
  prepared.catch(() => {}); // thrown where it is awaited
  const init = prepared.then((network) => ({ ...network, purpose: 'calibrate' as const }));
  init.catch(() => {});
  // Where this process does the work they are all needed later.
  const most = operational.redis === null ? operational.processes : MOST_CHILDREN;
  const processes = Math.min(operational.processes, most);
  const open = startChildren(driver, { ...operational, processes }, init);
  const count = operational.calibrationImages;
  return {
    children: open,
    calibrate: async (listed) => {
      const { signal } = driver;
      const drawn = await drawImages(listed.read(), { count: count + HELD_IMAGES, seed: extraction.seed });
      driver.emit({ type: 'calibrate:start', images: Math.min(count, half(drawn.length)) });
      const { weightsSha256 } = (await prepared).fingerprint;
      await open.ready();
      const limits = decodeLimitsOf(extraction);
      const { children } = open.services;
      const refs = drawn.map(({ image }) => image);
      const measured = await measureImages({ children, images, limits, signal }, refs);
      return encodeCalibration({ weightsSha256, ...splitSample(drawn, measured, count) });
    },
    close: async () => await open.close(),
  };
}

const half = (images: number) => Math.ceil(images / 2);

/**
 * The first of a sample, up to `count` and half of it, are calibrated on; the others are held back, in the
 * order of the listing. Images that gave nothing are left out. Errors: E_CALIBRATION when all did.
 */
export function splitSample(
  drawn: readonly DrawnImage[],
  measured: readonly Measurement[],
  count: number,
): Pick<CalibratedImages, 'calibrated' | 'held'> {
  const good = drawn.flatMap(({ row, image }, at) => {
    const one = measured[at];
    return one === undefined || typeof one === 'string' ? [] : [{ row, path: image.path, ...one }];
  });
  if (good.length === 0) throw noneMeasured(measured);
  const calibrated = good.splice(0, Math.min(count, half(good.length)));
  const held = good.slice(0, HELD_IMAGES).sort((a, b) => a.row - b.row);
  return { calibrated, held };
}

function noneMeasured(measured: readonly Measurement[]): VergerError {
  const codes = new Map<string, number>();
  for (const one of measured) {
    if (typeof one === 'string') codes.set(one, (codes.get(one) ?? 0) + 1);
  }
  const why = [...codes].map(([code, images]) => `${code} × ${images}`).join(', ');
  const detail =
    measured.length === 0
      ? 'No listed image may be opened.'
      : `No image of the sample gave features: ${why}.`;
  return new VergerError('E_CALIBRATION', {}, { detail });
}
