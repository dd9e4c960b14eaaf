import { type Extractor, type Fingerprint, VergerError } from '@verger/core';
import { createExtractor, onnxIntegerGram, probeWeights } from '@verger/features';
import { arithmeticOf, createAnswer } from './answer.ts';
import { createMeasurer } from './measure.ts';
import type { ChildInit } from './protocol.ts';

/**
 * For children that were started without weights: they check, add up, fit and project, but extract nothing.
 */
function noExtractor(fingerprint: Fingerprint): Extractor {
  const refuse = async (): Promise<never> => {
    throw new VergerError('E_INTERNAL', {}, { detail: 'This child was started without weights.' });
  };
  return { fingerprint, numericClass: '', decode: refuse, infer: refuse, close: async () => {} };
}

// Opens the engine while the network is still on its way: rejected for whoever awaits it.
const warm = onnxIntegerGram(Float64Array.of(1), 1, 1);
warm.catch(() => {});

/**
 * An extractor whose weights give what they are named for. Errors: E_WEIGHTS_PROBE; what the engine throws.
 */
async function openExtractor(init: ChildInit & { readonly network: Uint8Array }): Promise<Extractor> {
  const { fingerprint } = init;
  const extractor = await createExtractor(init);
  if (fingerprint.weightsKind === 'imagenet') {
    const probe = await probeWeights(extractor);
    if (!probe.ok) {
      const detail = `Largest difference ${probe.maxAbsDifference.toPrecision(3)}, allowed 0.001.`;
      throw new VergerError('E_WEIGHTS_PROBE', {}, { detail });
    }
  }
  return extractor;
}

/** Frees what the last `startChild` has opened. */
let closeOpened = async (): Promise<void> => {};

/**
 * What a child answers from now on: it measures for a calibration, or does all else. What it had opened before
 * is closed. Errors: those of `openExtractor`.
 */
export async function startChild(init: ChildInit) {
  const { network, fingerprint, purpose } = init;
  await closeOpened();
  if (purpose === 'calibrate' && network !== null) {
    const { answer, close } = await createMeasurer(network);
    closeOpened = close;
    return answer;
  }
  const extractor = network === null ? noExtractor(fingerprint) : await openExtractor({ ...init, network });
  closeOpened = extractor.close;
  await warm;
  return createAnswer(extractor, arithmeticOf(onnxIntegerGram));
}
