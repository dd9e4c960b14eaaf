import { type Pixels, VergerError } from '@verger/core';
import { type InferenceSession, Tensor } from 'onnxruntime-node';
import { openSession } from '../network/engine.ts';
import { INPUT_SIDE } from '../network/layers.ts';
import { NETWORK_INPUT, NETWORK_OUTPUT } from '../network/network-graph.ts';
import { RANGE_OUTPUTS } from './range-network.ts';
import type { ImageRanges } from './ranges.ts';

/** One image, measured. */
export interface MeasuredImage {
  /** Float32 features: [1280]. */
  readonly features: Float32Array;
  readonly ranges: ImageRanges;
}

/** The float32 network with its measures. */
export interface Calibrator {
  /** About 10 ms on one core. */
  measure(pixels: Pixels): Promise<MeasuredImage>;
  close(): Promise<void>;
}

const DIMS = [1, INPUT_SIDE, INPUT_SIDE, 3];

function output(outputs: InferenceSession.ReturnType, name: string): Float32Array {
  const data = outputs[name]?.data;
  if (data instanceof Float32Array) return data.slice();
  throw new VergerError('E_INTERNAL', {}, { detail: `The network gave no ${name}.` });
}

/** Opens what `prepareCalibration` gave: one thread, batch 1. Cost: 60 ms. */
export async function createCalibrator(network: Uint8Array): Promise<Calibrator> {
  const session = await openSession(network);
  return {
    measure: async (pixels) => {
      const outputs = await session.run({ [NETWORK_INPUT]: new Tensor('uint8', pixels, DIMS) });
      const { least, greatest, means } = RANGE_OUTPUTS;
      return {
        features: output(outputs, NETWORK_OUTPUT),
        ranges: {
          least: output(outputs, least),
          greatest: output(outputs, greatest),
          means: output(outputs, means),
        },
      };
    },
    close: async () => await session.release(),
  };
}
