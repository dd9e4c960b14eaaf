import { readFile } from 'node:fs/promises';
import {
  canonicalJson,
  type Fingerprint,
  type ReadResult,
  SHARED_FILES,
  type Storage,
  sha256,
  VergerError,
} from '@verger/core';
import {
  fetchedWeightsPath,
  type PreparedNetwork,
  requireCacheDir,
  UNTRAINED_SEED,
} from '@verger/features/weights';
import { openWholeFile } from '@verger/storage';
import type { Preparer } from './prepare-apart.ts';

/** A weights file is about 9 MB; nothing near this is one. */
const MAX_WEIGHTS_BYTES = 256 * 1024 * 1024;

/**
 * Puts a weights file once where every worker finds it: `_shared/weights/<sha256>` of the output. `output` is
 * rooted at the output folder. Cost: one read of it (9 MB) when it is there. A damaged one is replaced.
 * Untrained weights are made from their seed and never stored.
 */
export async function publishWeights(output: Storage, path: string, fingerprint: Fingerprint): Promise<void> {
  if (fingerprint.weightsKind === 'untrained') return;
  const key = SHARED_FILES.weights(fingerprint.weightsSha256);
  const bytes = await readFile(path);
  const there = await readPublishedWeights(output, fingerprint.weightsSha256);
  if (there.status === 'read' && sha256(there.bytes) === fingerprint.weightsSha256) return;
  if (sha256(bytes) !== fingerprint.weightsSha256) {
    throw new VergerError('E_WEIGHTS_OTHER', { path }, { detail: 'The file changed while in use.' });
  }
  if (there.status === 'read') await output.replace(key, bytes);
  else await output.create(key, bytes);
}

/** What is published under that sha256, which it may not have. Errors: those of the storage. */
export async function readPublishedWeights(
  output: Pick<Storage, 'read'>,
  weightsSha256: string,
): Promise<ReadResult> {
  return await output.read(SHARED_FILES.weights(weightsSha256), { maxBytes: MAX_WEIGHTS_BYTES });
}

/** The network that a job wants, and where what it is made from is found. */
export interface WantedNetwork {
  readonly fingerprint: Fingerprint;
  /** The output folder of the run, where its weights are. */
  readonly output: Storage;
  /** With int8: reads the run's calibration, checked. */
  readonly calibration?: (() => Promise<Uint8Array | undefined>) | undefined;
}

/**
 * The network of a run, from the weights that its coordinator published (fetched once into the cache folder,
 * checked by their sha256 each time), and with int8 from its calibration. Cost: 0.3 s. Errors:
 * E_WEIGHTS_MISSING when nobody published them, E_WEIGHTS_OTHER when they are not those of the run;
 * E_RUN_CORRUPT when its calibration is damaged; E_OUTPUT_… when the cache folder does not take the weights.
 */
export async function fetchNetwork(
  { output, fingerprint, calibration: readCalibration }: WantedNetwork,
  { cacheDir: given, preparer }: { cacheDir: string | null; preparer: Pick<Preparer, 'prepare'> },
): Promise<PreparedNetwork> {
  const { weightsKind, weightsSha256 } = fingerprint;
  const calibration = await readCalibration?.();
  if (weightsKind === 'untrained') {
    const source = { kind: 'untrained', seed: UNTRAINED_SEED, calibration } as const;
    return checked(await preparer.prepare(source), fingerprint);
  }
  const cacheDir = requireCacheDir(given);
  const path = fetchedWeightsPath(cacheDir, fingerprint);
  if (!(await isWhole(path, weightsSha256))) await fetchWeights(output, weightsSha256, path);
  return checked(
    await preparer.prepare({ kind: 'file', path, custom: weightsKind === 'custom', calibration }),
    fingerprint,
  );
}

/** The network, when it is that of the run to the last bit. */
function checked(network: PreparedNetwork, wanted: Fingerprint): PreparedNetwork {
  const { fingerprint } = network;
  if (canonicalJson(fingerprint) === canonicalJson(wanted)) return network;
  const detail =
    fingerprint.weightsSha256 === wanted.weightsSha256
      ? `The run has the network ${canonicalJson(wanted)}; this is ${canonicalJson(fingerprint)}.`
      : `The run was made with weights of sha256 ${wanted.weightsSha256}; these are ` +
        `${fingerprint.weightsSha256}.`;
  throw new VergerError('E_WEIGHTS_OTHER', {}, { detail });
}

async function isWhole(path: string, weightsSha256: string): Promise<boolean> {
  try {
    return sha256(await readFile(path)) === weightsSha256;
  } catch {
    return false; // not there, or not to be read: it is fetched
  }
}

/** Into the cache folder, under its name only when it is whole and right. */
async function fetchWeights(output: Storage, weightsSha256: string, path: string): Promise<void> {
  const key = SHARED_FILES.weights(weightsSha256);
  const location = `${output.describe()}/${key}`;
  const found = await readPublishedWeights(output, weightsSha256);
  if (found.status === 'missing') {
    const detail = `They are not at ${location}, where submitting or resuming a run puts them.`;
    throw new VergerError('E_WEIGHTS_MISSING', { location }, { detail });
  }
  if (found.status !== 'read') {
    const refusal = found.status === 'forbidden' ? found : undefined;
    const detail = refusal?.reason ?? `Reading it gave: ${found.status}.`;
    throw new VergerError(refusal?.error?.code ?? 'E_STORAGE', { location }, { detail });
  }
  if (sha256(found.bytes) !== weightsSha256) {
    throw new VergerError('E_WEIGHTS_OTHER', { location }, { detail: 'Its sha256 does not match its name.' });
  }
  const file = await openWholeFile(path);
  try {
    await file.write(found.bytes);
    await file.close();
    await file.publish({ overwrite: true });
  } finally {
    await file.discard();
  }
}
