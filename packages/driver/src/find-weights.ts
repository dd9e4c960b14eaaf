import { canonicalJson, type EngineChoice, type Fingerprint, type Manifest, VergerError } from '@verger/core';
import {
  prepareNetwork,
  type ResolvedWeights,
  requireCacheDir,
  resolveWeights,
  UNTRAINED_SEED,
} from '@verger/features/weights';
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

/**
 * Finds weights (given, cache, download) and builds the network from them. Cost: that of `prepareNetwork`. Errors:
 * E_WEIGHTS_…
 */
export async function findWeights(driver: WeightsDriver, request: WeightsRequest): Promise<Network> {
  if (request.weights === UNTRAINED) return await untrained();
  const { weights, cacheDir, otherwise } = request;
  const found = await locateWeights(driver, { weights, cacheDir, download: otherwise === 'download' });
  if (found !== undefined) {
    const source = { kind: 'file', path: found.path, custom: request.customWeights } as const;
    return { ...(await prepareNetwork(source)), origin: found.path };
  }
  if (request.otherwise === 'untrained') return await untrained();
  throw new VergerError('E_WEIGHTS_MISSING', { location: requireCacheDir(request.cacheDir) });
}

/**
 * The network that a run was made with. Errors: E_WEIGHTS_OTHER when the weights that are found are not
 * those; those of `findWeights`.
 */
export async function networkOfRun(
  driver: WeightsDriver,
  { fingerprint }: Manifest,
  request: Omit<WeightsRequest, 'otherwise' | 'customWeights'>,
): Promise<Network> {
  const kind = fingerprint.weightsKind;
  const weights = kind === 'untrained' ? UNTRAINED : request.weights;
  const wanted = { ...request, weights, customWeights: kind === 'custom', otherwise: 'download' } as const;
  const network = await findWeights(driver, wanted);
  if (canonicalJson(network.fingerprint) === canonicalJson(fingerprint)) return network;
  const here = network.fingerprint.weightsSha256;
  const detail = `The run was made with weights of sha256 ${fingerprint.weightsSha256}; these are ${here}.`;
  throw new VergerError('E_WEIGHTS_OTHER', { option: '--weights' }, { detail });
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

/** Made once for all that this process does: 0.4 s, and 14 MB. */
let ofUntrained: ReturnType<typeof prepareNetwork> | undefined;

async function untrained(): Promise<Network> {
  ofUntrained ??= prepareNetwork({ kind: 'untrained', seed: UNTRAINED_SEED });
  return { ...(await ofUntrained), origin: 'seeded, untrained' };
}
