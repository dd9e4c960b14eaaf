import {
  canonicalJson,
  type EngineChoice,
  type Fingerprint,
  type Manifest,
  RUN_FILES,
  type Run,
  VergerError,
} from '@verger/core';
import {
  prepareNetwork,
  type ResolvedWeights,
  requireCacheDir,
  resolveWeights,
  UNTRAINED_SEED,
  type WeightsSource,
} from '@verger/features/weights';
import { readCalibrationFile } from '@verger/run';
import type { Driver } from './driver.ts';

/** The word for --weights that means seeded, untrained weights: trials of the machinery only. */
export const UNTRAINED = 'untrained';

/** Which weights are wanted. */
export interface WeightsRequest {
  readonly weights: string | null;
  readonly customWeights: boolean;
  readonly cacheDir: string | null;
  /** What to do when there are none anywhere. */
  readonly otherwise: 'download' | 'untrained' | 'refuse';
}

/** A network ready for children, and where its weights came from. */
export interface Network {
  readonly network: Uint8Array;
  readonly fingerprint: Fingerprint;
  /** Where the weights came from, for a person. */
  readonly origin: string;
  /** With int8: the bytes of `calibration.json`. */
  readonly calibration?: Uint8Array | undefined;
}

/** Weights that are there, and where they came from. */
export interface FoundWeights {
  readonly source: WeightsSource;
  readonly origin: string;
}

type WeightsDriver = Pick<Driver, 'signal' | 'emit' | 'proxies'>;

/** The weights file that is given, cached or downloaded; undefined when there is none. Errors: E_WEIGHTS_… */
export async function locateWeights(
  { signal, emit, proxies }: WeightsDriver,
  request: { readonly weights: string | null; readonly cacheDir: string | null; readonly download: boolean },
): Promise<ResolvedWeights | undefined> {
  const onProgress = atMostEverySecond((progress: { receivedBytes: number; totalBytes: number | null }) =>
    emit({ type: 'weights:fetching', ...progress }),
  );
  return await resolveWeights({ ...request, signal, onProgress, proxies });
}

/** Finds weights (given, cache, download) without reading them. Errors: E_WEIGHTS_… */
export async function findSource(driver: WeightsDriver, request: WeightsRequest): Promise<FoundWeights> {
  if (request.weights === UNTRAINED) return UNTRAINED_WEIGHTS;
  const { weights, cacheDir, otherwise } = request;
  const found = await locateWeights(driver, { weights, cacheDir, download: otherwise === 'download' });
  if (found !== undefined) {
    const source = { kind: 'file', path: found.path, custom: request.customWeights } as const;
    return { source, origin: found.path };
  }
  if (request.otherwise === 'untrained') return UNTRAINED_WEIGHTS;
  throw new VergerError('E_WEIGHTS_MISSING', { location: requireCacheDir(request.cacheDir) });
}

/**
 * The network of these weights; with a calibration the quantised one. Errors: E_WEIGHTS_…, E_CALIBRATION.
 * Cost: half a second.
 */
export async function networkFrom(
  { source, origin }: FoundWeights,
  calibration?: Uint8Array | undefined,
): Promise<Network> {
  if (calibration !== undefined)
    return { ...(await prepareNetwork({ ...source, calibration })), origin, calibration };
  return source.kind === 'untrained' ? await untrained() : { ...(await prepareNetwork(source)), origin };
}

/**
 * Finds weights (given, cache, download) and builds the network from them. Cost: that of `prepareNetwork`.
 * Errors: E_WEIGHTS_…
 */
export async function findWeights(driver: WeightsDriver, request: WeightsRequest): Promise<Network> {
  return await networkFrom(await findSource(driver, request));
}

/** The weights of a run, as they are looked for. */
export function weightsOfRun(
  { fingerprint: { weightsKind: kind } }: Pick<Manifest, 'fingerprint'>,
  request: Omit<WeightsRequest, 'otherwise' | 'customWeights'>,
): WeightsRequest {
  const weights = kind === 'untrained' ? UNTRAINED : request.weights;
  return { ...request, weights, customWeights: kind === 'custom', otherwise: 'download' };
}

/**
 * The network that a run was made with, from its weights and its calibration. Errors: E_WEIGHTS_OTHER when
 * the weights that are found are not those; E_RUN_CORRUPT when its calibration is damaged; those of
 * `findWeights`.
 */
export async function networkOfRun(
  driver: WeightsDriver,
  run: Pick<Run, 'manifest' | 'store'>,
  request: Omit<WeightsRequest, 'otherwise' | 'customWeights'>,
): Promise<Network> {
  const { fingerprint } = run.manifest;
  const calibration = await readCalibrationFile(run);
  const found = await findSource(driver, weightsOfRun(run.manifest, request));
  const network = await networkFrom(found, calibration).catch((error: unknown) => {
    if (!(error instanceof VergerError)) throw error;
    const { code, detail } = error;
    if (code === 'E_WEIGHTS_OTHER') throw otherWeights(fingerprint, detail);
    if (code !== 'E_CALIBRATION') throw error;
    const location = `${run.store.describe()}/${RUN_FILES.calibration}`;
    throw new VergerError('E_RUN_CORRUPT', { location }, { detail, cause: error });
  });
  if (canonicalJson(network.fingerprint) === canonicalJson(fingerprint)) return network;
  throw otherWeights(fingerprint, `These are ${network.fingerprint.weightsSha256}.`);
}

function otherWeights({ weightsSha256 }: Fingerprint, here: string | undefined): VergerError {
  const detail = `The run was made with weights of sha256 ${weightsSha256}. ${here ?? ''}`;
  return new VergerError('E_WEIGHTS_OTHER', { option: '--weights' }, { detail });
}

/**
 * A weights file read, built and put to the probe in this process, and the numeric class that runs with it
 * have here. A second. Errors: E_WEIGHTS_CORRUPT, E_WEIGHTS_SHAPE, E_NUMERIC_CLASS.
 */
export async function inspectWeights(
  path: string,
  { custom, ...choice }: EngineChoice & { readonly custom: boolean },
) {
  const prepared = await prepareNetwork({ kind: 'file', path, custom });
  // Only here does the main process decode and infer itself.
  const { createExtractor, probeWeights } = await import('@verger/features');
  const extractor = await createExtractor({ ...prepared, ...choice });
  try {
    return { ...prepared, probe: await probeWeights(extractor), numericClass: extractor.numericClass };
  } finally {
    await extractor.close();
  }
}

/** The numeric class of runs with seeded, untrained weights on this machine. Half a second. */
export async function numericClassOfUntrained({ engine, tfjsNode }: EngineChoice): Promise<string> {
  const { createExtractor } = await import('@verger/features');
  const extractor = await createExtractor({ ...(await untrained()), engine, tfjsNode });
  await extractor.close();
  return extractor.numericClass;
}

/** Passes on the first of each second: a download reports every piece. */
function atMostEverySecond<T>(tell: (progress: T) => void): (progress: T) => void {
  let toldMs = 0;
  return (progress) => {
    if (performance.now() - toldMs < 1000) return;
    toldMs = performance.now();
    tell(progress);
  };
}

const UNTRAINED_WEIGHTS: FoundWeights = {
  source: { kind: 'untrained', seed: UNTRAINED_SEED },
  origin: 'seeded, untrained',
};

/** Made once for all that this process does: 0.4 s, and 14 MB. */
let ofUntrained: ReturnType<typeof prepareNetwork> | undefined;

async function untrained(): Promise<Network> {
  ofUntrained ??= prepareNetwork(UNTRAINED_WEIGHTS.source);
  return { ...(await ofUntrained), origin: UNTRAINED_WEIGHTS.origin };
}
