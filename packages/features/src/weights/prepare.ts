import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { FEATURES, type Fingerprint, sha256, VergerError } from '@verger/core';
import { buildNetwork } from '../network/network.ts';
import { float32Bytes } from '../network/onnx-model.ts';
import { type KerasWeights, type SummaryRow, summariseWeights } from './keras-weights.ts';
import { readPublishedWeights } from './published-weights.ts';
import { readKerasWeights } from './read-keras-weights.ts';
import { untrainedWeights } from './untrained-weights.ts';

/** Where weights come from. `custom` says that a file does not claim to be Keras' ImageNet one. */
export type WeightsSource =
  | { readonly kind: 'file'; readonly path: string; readonly custom: boolean }
  | { readonly kind: 'untrained'; readonly seed: number };

/** A network that is ready to be given to children, and what it is. */
export interface PreparedNetwork {
  /** ONNX model. */
  readonly network: Uint8Array;
  readonly fingerprint: Fingerprint;
  readonly rows: SummaryRow[];
}

async function readWeightsFile(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : String(cause);
    throw new VergerError('E_WEIGHTS_MISSING', { path }, { detail, cause });
  }
}

/** The weights in a file, errors naming it. */
async function weightsIn(path: string, bytes: Uint8Array, bytesSha256: string): Promise<KerasWeights> {
  try {
    return readPublishedWeights(bytes, bytesSha256) ?? (await readKerasWeights(bytes));
  } catch (error) {
    if (!(error instanceof VergerError)) throw error;
    const { code, detail } = error;
    throw new VergerError(code, { path }, detail === undefined ? { cause: error } : { detail, cause: error });
  }
}

/** sha256 over names and little-endian float32 values, in the order of the network. */
function digestOf(weights: KerasWeights): string {
  const digest = createHash('sha256');
  for (const [key, values] of weights) digest.update(key).update('\0').update(float32Bytes(values));
  return digest.digest('hex');
}

function prepared(
  weights: KerasWeights,
  named: Pick<Fingerprint, 'weightsSha256' | 'weightsKind'>,
): PreparedNetwork {
  return {
    network: buildNetwork(weights),
    fingerprint: {
      extractor: 'mobilenetv2-1.0-224',
      preprocessing: 'rgb;pillow-bicubic-224;x/127.5-1',
      features: FEATURES,
      ...named,
    },
    rows: summariseWeights(weights),
  };
}

/**
 * Reads or makes weights and builds the network. A file that is not `custom` is said to be `imagenet`: the
 * caller lets `probeWeights` confirm it. Cost: 0.1 s for the file that Keras publishes, 0.4 s for another.
 * Errors: E_WEIGHTS_MISSING, E_WEIGHTS_CORRUPT, E_WEIGHTS_SHAPE.
 */
export async function prepareNetwork(source: WeightsSource): Promise<PreparedNetwork> {
  if (source.kind === 'untrained') {
    const weights = untrainedWeights(source.seed);
    return prepared(weights, { weightsSha256: digestOf(weights), weightsKind: 'untrained' });
  }
  const bytes = await readWeightsFile(source.path);
  const weightsSha256 = sha256(bytes);
  const weights = await weightsIn(source.path, bytes, weightsSha256);
  return prepared(weights, {
    weightsSha256,
    weightsKind: source.custom ? 'custom' : 'imagenet',
  });
}
