import {
  decodeLimitsOf,
  type ExtractionOptions,
  HELD_IMAGES,
  type OperationalOptions,
  type Storage,
} from '@verger/core';
import { encodeSample, prepareCalibration, type WeightsSource } from '@verger/features/weights';
import { drawImages, type ListingSpool } from '@verger/listing';
import { measureImages } from '@verger/stages';
import { startSample } from './calibration-sample.ts';
import type { Driver } from './driver.ts';
import type { Network } from './find-weights.ts';
import { type LocalExecutor, startChildren } from './open-executor.ts';

/** More children would each start for less than a quarter of a second of work. */
const MOST_CHILDREN = 8;
/** Images that are measured before what they gave is added up. */
const IMAGES_AT_ONCE = 256;

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
  /** The network of that calibration. Cost: 0.1 s. */
  quantise(calibration: Uint8Array): Promise<Pick<Network, 'network' | 'fingerprint'>>;
  /** The children that measure: once that is done, `renew` makes them those of the run. */
  readonly children: LocalExecutor;
  /** Ends its children, also those that still start. */
  close(): Promise<void>;
}

/**
 * Starts children for a calibration, which load while weights are found and images are listed. Cost: 1 s on
 * two cores for 128 images.
 */
export function startCalibration(driver: Driver, request: CalibrationRequest): Calibrating {
  const { operational, weights, images, extraction } = request;
  const prepared = weights.then(prepareCalibration);
  prepared.catch(() => {}); // thrown where it is awaited
  const init = prepared.then(({ network, fingerprint }) => ({
    ...{ network, fingerprint },
    purpose: 'calibrate' as const,
  }));
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
      driver.emit({ type: 'calibrate:start', images: drawn.length });
      const { weightsSha256 } = (await prepared).fingerprint;
      await open.ready();
      const limits = decodeLimitsOf(extraction);
      const { children } = open.services;
      const sample = startSample(count);
      // Some at a time: what one image gives is 78 KB.
      for (let first = 0; first < drawn.length; first += IMAGES_AT_ONCE) {
        const some = drawn.slice(first, first + IMAGES_AT_ONCE);
        const refs = some.map(({ image }) => image);
        sample.add(some, await measureImages({ children, images, limits, signal }, refs));
      }
      const { leftOut, ...measured } = sample.end();
      const [calibrated, held] = [measured.images.length, measured.held.length];
      driver.emit({ type: 'calibrate:done', calibrated, held, leftOut });
      return encodeSample({ weightsSha256, ...measured });
    },
    quantise: async (calibration) => (await prepared).quantise(calibration),
    close: async () => await open.close(),
  };
}
