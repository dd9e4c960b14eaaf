import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { FEATURES, type Fingerprint, sha256, VergerError } from '@verger/core';
import { buildNetwork } from '../network/network.ts';
import { float32Bytes } from '../network/onnx-model.ts';
import { readCalibration } from '../quantise/calibration.ts';
import { buildQuantisedNetwork } from '../quantise/quantised-network.ts';
import { buildRangeNetwork } from '../quantise/range-network.ts';
import { type KerasWeights, type SummaryRow, summariseWeights } from './keras-weights.ts';
import { readKerasWeights } from './read-keras-weights.ts';
import { untrainedWeights } from './untrained-weights.ts';

/** Where weights come from. `custom` says that a file does not claim to be Keras' ImageNet one. */
export type WeightsSource =
  | { readonly kind: 'file'; readonly path: string; readonly custom: boolean }
  | { readonly kind: 'untrained'; readonly seed: number };

/** What a network is built from: weights, and for int8 the bytes of `calibration.json`. */
export type NetworkSource = WeightsSource & { readonly calibration?: Uint8Array | undefined };

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
async function weightsIn(path: string, bytes: Uint8Array): Promise<KerasWeights> {
  try {
    return await readKerasWeights(bytes);
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

/** What a fingerprint says of network and preprocessing. */
const NETWORK = {
  extractor: 'mobilenetv2-1.0-224',
  preprocessing: 'rgb;pillow-bicubic-224;x/127.5-1',
  features: FEATURES,
} as const;

interface OpenWeights {
  readonly weights: KerasWeights;
  readonly named: Pick<Fingerprint, 'weightsSha256' | 'weightsKind'>;
}

async function openWeights(source: WeightsSource): Promise<OpenWeights> {
  if (source.kind === 'untrained') {
    const weights = untrainedWeights(source.seed);
    return { weights, named: { weightsSha256: digestOf(weights), weightsKind: 'untrained' } };
  }
  const bytes = await readWeightsFile(source.path);
  const weights = await weightsIn(source.path, bytes);
  const weightsKind = source.custom ? 'custom' : 'imagenet';
  return { weights, named: { weightsSha256: sha256(bytes), weightsKind } };
}

/** The quantised network, and what its fingerprint says of it. */
function quantised({ weights, named }: OpenWeights, bytes: Uint8Array) {
  const calibration = readCalibration(bytes);
  if (calibration.weightsSha256 !== named.weightsSha256) {
    const detail = `The calibration is of weights with sha256 ${calibration.weightsSha256}.`;
    throw new VergerError('E_WEIGHTS_OTHER', {}, { detail });
  }
  return {
    network: buildQuantisedNetwork(weights, calibration.ranges),
    precision: 'int8' as const,
    calibrationSha256: sha256(bytes),
  };
}

/**
 * Reads or makes weights and builds the network; with a calibration, the quantised one. A file that is not
 * `custom` is said to be `imagenet`: the caller lets `probeWeights` confirm it. Cost: 0.3 s. Errors: E_WEIGHTS_MISSING, E_WEIGHTS_CORRUPT, E_WEIGHTS_SHAPE; with a calibration E_WEIGHTS_OTHER,
 * E_CALIBRATION.
 */
export async function prepareNetwork(source: NetworkSource): Promise<PreparedNetwork> {
  const open = await openWeights(source);
  const { calibration } = source;
  const { network, ...precision } =
    calibration === undefined ? { network: buildNetwork(open.weights) } : quantised(open, calibration);
  return {
    network,
    fingerprint: { ...NETWORK, ...open.named, ...precision },
    rows: summariseWeights(open.weights),
  };
}

/** What a calibration begins with, and what becomes of it. */
export interface PreparedCalibration extends Pick<PreparedNetwork, 'network' | 'fingerprint'> {
  /** The quantised network of these weights. Cost: 0.1 s. Errors: E_CALIBRATION, E_WEIGHTS_OTHER. */
  quantise(calibration: Uint8Array): Pick<PreparedNetwork, 'network' | 'fingerprint'>;
}

/**
 * The float32 network that also measures its tensors, for `createCalibrator`, as an ONNX model, with the
 * fingerprint of the float32 network. Cost and errors as `prepareNetwork`; the weights stay in memory.
 */
export async function prepareCalibration(source: WeightsSource): Promise<PreparedCalibration> {
  const open = await openWeights(source);
  const fingerprint = { ...NETWORK, ...open.named };
  return {
    network: buildRangeNetwork(open.weights),
    fingerprint,
    quantise: (calibration) => {
      const { network, ...precision } = quantised(open, calibration);
      return { network, fingerprint: { ...fingerprint, ...precision } };
    },
  };
}
