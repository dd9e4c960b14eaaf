import {
  type EngineChoice,
  type Extractor,
  FEATURE_LIMIT,
  type Fingerprint,
  type Pixels,
  VergerError,
} from '@verger/core';
import { decodeImage } from '../decode/decode-image.ts';
import { openEngine } from '../engines/open-engine.ts';
import { numericClassOf } from '../probes/numeric-class.ts';
import { proveInt8 } from '../quantise/int8-proof.ts';
import { INPUT_SIDE } from './layers.ts';

const PIXEL_BYTES = INPUT_SIDE * INPUT_SIDE * 3;

/** What an extractor is opened with. */
export interface ExtractorOptions extends EngineChoice {
  readonly network: Uint8Array;
  readonly fingerprint: Fingerprint;
}

/**
 * MobileNetV2 in one engine, one thread, batch 1. Decodes and infers the three probe images before it is
 * given out. Cost: 90 ms with onnxruntime, then 8 ms an image; others: docs/engines.md. Errors:
 * E_NUMERIC_CLASS when a probe does not decode to its known pixels; with int8 E_INT8_CPU, of `prove`; those of
 * `openEngine`.
 */
export async function createExtractor(
  { network, fingerprint, ...choice }: ExtractorOptions,
  { prove = proveInt8 }: { readonly prove?: () => Promise<void> } = {},
): Promise<Extractor> {
  if (fingerprint.precision === 'int8') await prove();
  const engine = await openEngine({ network, fingerprint }, choice);
  let open = true;
  const infer = async (pixels: Pixels) => {
    if (!open) throw new VergerError('E_INTERNAL', {}, { detail: 'The extractor is closed.' });
    if (pixels.length !== PIXEL_BYTES)
      throw new RangeError(`${pixels.length} bytes are not ${PIXEL_BYTES} of pixels`);
    return await engine.infer(pixels);
  };
  const close = async () => {
    if (!open) return;
    open = false;
    await engine.close();
  };
  try {
    const numericClass = await numericClassOf(infer, { engine, fingerprint });
    const versions = { [engine.name]: engine.version };
    return { fingerprint, numericClass, versions, decode: decodeImage, infer, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** True when every feature is a number in [0, FEATURE_LIMIT): what exact sums can hold. */
export function featuresInRange(features: Float32Array): boolean {
  // A loop: `every` takes five times as long, which shows where a thousand rows are taken over at once.
  for (let at = 0; at < features.length; at += 1) {
    // Written so that NaN is refused too.
    if (!(features[at]! >= 0 && features[at]! < FEATURE_LIMIT)) return false;
  }
  return true;
}
