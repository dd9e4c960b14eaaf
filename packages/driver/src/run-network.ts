import {
  defer,
  type ErrorCode,
  type ExtractionOptions,
  MAX_CALIBRATION_BYTES,
  type OperationalOptions,
  type Precision,
  RUN_FILES,
  type Storage,
  sha256,
  VergerError,
} from '@verger/core';
import type { ListingSpool } from '@verger/listing';
import { readCalibrationFile, readFile, readManifest } from '@verger/run';
import { joinLocation } from '@verger/storage';
import { startCalibration } from './calibrate-run.ts';
import type { Driver } from './driver.ts';
import type { FoundRun } from './find-run.ts';
import {
  type FoundWeights,
  findSource,
  type Network,
  networkFrom,
  networkOfRun,
  type WeightsRequest,
} from './find-weights.ts';
import type { LocalExecutor } from './open-executor.ts';
import { checkPrecision } from './reuse.ts';

/** What decides the network of a run that is being planned. */
export interface RunNetworkRequest {
  readonly images: Storage;
  readonly extraction: ExtractionOptions;
  readonly operational: OperationalOptions;
  readonly otherwise: WeightsRequest['otherwise'];
  /** Of a transform: the run whose network is taken. */
  readonly source?: FoundRun | undefined;
  /** A run whose features may be taken: with int8 its calibration is taken, too. */
  readonly reusable?: FoundRun | undefined;
}

/** The network of a run that is being planned. */
export interface RunNetwork {
  /** Settles once the network is known; with a calibration of its own, after `networkFor`. */
  readonly network: Promise<Network>;
  /** Settles once the weights are found and fit. Errors: E_WEIGHTS_… */
  readonly found: Promise<unknown>;
  /** The network of the run with these images. Errors: E_WEIGHTS_…, E_CALIBRATION. */
  networkFor(listed: ListingSpool): Promise<Network>;
  /**
   * Children that calibrate, and go on to extract with the network that comes of it: the run needs no others.
   */
  readonly children?: LocalExecutor | undefined;
  /** Ends what calibrates. */
  close(): Promise<void>;
}

/**
 * Begins to make the network of a run: float32, or int8 calibrated on a sample of its images. A transform has
 * the network of its source; with int8 a run that reuses features has the calibration of that run, because
 * only features of one and the same network can be taken, and one with a name the calibration that is there
 * under that name. Errors: E_ENGINE_PRECISION for an engine without int8; those of storage.
 */
export async function startRunNetwork(driver: Driver, request: RunNetworkRequest): Promise<RunNetwork> {
  const { operational, source, reusable } = request;
  checkEngine(operational, source?.manifest.fingerprint.precision ?? operational.precision);
  if (source !== undefined) return known(networkOfRun(driver, source, operational));
  if (reusable !== undefined) return known(networkLikeThat(driver, request, reusable));
  const weights = findSource(driver, { ...operational, otherwise: request.otherwise });
  if (operational.precision === 'float32') return known(weights.then((found) => networkFrom(found)));
  weights.catch(() => {}); // thrown where it is awaited
  const left = await calibrationOfName(driver, operational);
  const named =
    left &&
    (await weights.then(
      (found) => networkWith(found, left.calibration),
      () => undefined, // thrown by `found`
    ));
  if (named !== undefined) {
    if (left?.isOfRun === false) {
      const text = `the calibration that a submission left under the name ${operational.name} is used`;
      driver.emit({ type: 'run:notice', text });
    }
    return known(Promise.resolve(named));
  }
  const calibrating = startCalibration(driver, { ...request, weights: weights.then(({ source: of }) => of) });
  const isLocal = operational.redis === null;
  const { promise: network, resolve } = defer<Network>();
  return {
    network,
    found: weights,
    networkFor: async (listed) => {
      const calibration = await calibrating.calibrate(listed);
      // Its children end while the network is built, or go on with it.
      const closed = isLocal ? undefined : calibrating.close();
      const { origin } = await weights;
      const made = { ...(await calibrating.quantise(calibration)), origin, calibration };
      if (isLocal) calibrating.children.renew(made);
      resolve(made);
      await closed;
      return made;
    },
    children: isLocal ? calibrating.children : undefined,
    close: async () => await calibrating.close(),
  };
}

/**
 * The calibration of a run of that name, where one is there or was begun: with it the same command on another
 * machine, whose own would have other bytes, is the same run. `isOfRun`: there is a manifest. Undefined where
 * it is not what the manifest names.
 */
async function calibrationOfName(
  { storages }: Pick<Driver, 'storages'>,
  { output, name }: Pick<OperationalOptions, 'output' | 'name'>,
): Promise<{ readonly calibration: Uint8Array; readonly isOfRun: boolean } | undefined> {
  if (name === null) return undefined;
  const store = storages.open(joinLocation(output, name));
  const calibration = await readFile(store, RUN_FILES.calibration, { maxBytes: MAX_CALIBRATION_BYTES });
  if (calibration === undefined) return undefined;
  const wanted = (await readManifest(store))?.fingerprint.calibrationSha256;
  if (wanted === undefined) return { calibration, isOfRun: false };
  return sha256(calibration) === wanted ? { calibration, isOfRun: true } : undefined;
}

/** The network with a calibration; undefined where that is damaged or of other weights. */
async function networkWith(weights: FoundWeights, calibration: Uint8Array): Promise<Network | undefined> {
  try {
    return await networkFrom(weights, calibration);
  } catch (error) {
    const isOther = error instanceof VergerError && NOT_OF_IT.includes(error.code);
    if (isOther) return undefined;
    throw error;
  }
}

const NOT_OF_IT: readonly ErrorCode[] = ['E_WEIGHTS_OTHER', 'E_CALIBRATION'];

/** Of a run that this process extracts; a worker has an engine of its own. */
function checkEngine({ engine, redis }: OperationalOptions, precision: Precision): void {
  if (redis !== null || precision !== 'int8' || engine === 'onnxruntime') return;
  const detail = `The engine is ${engine}.`;
  throw new VergerError('E_ENGINE_PRECISION', {}, { detail });
}

function known(network: Promise<Network>): RunNetwork {
  network.catch(() => {}); // thrown where it is awaited
  return { network, found: network, networkFor: async () => await network, close: async () => {} };
}

/** Errors: E_USAGE when the run whose features may be taken has another precision. */
async function networkLikeThat(
  driver: Driver,
  { operational, otherwise }: RunNetworkRequest,
  reusable: FoundRun,
): Promise<Network> {
  checkPrecision(reusable, operational.precision);
  const calibration = await readCalibrationFile(reusable);
  return await networkFrom(await findSource(driver, { ...operational, otherwise }), calibration);
}
