import { type Extractor, type Fingerprint, type Pixels, VergerError } from '@verger/core';
import { createExtractor, onnxIntegerGram, probeWeights, proveInt8 } from '@verger/features';
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

/** Errors: E_WEIGHTS_PROBE for weights that are named ImageNet's and do not give their features. */
async function checkWeights(extractor: Pick<Extractor, 'infer' | 'fingerprint'>): Promise<void> {
  if (extractor.fingerprint.weightsKind !== 'imagenet') return;
  const { ok, maxAbsDifference } = await probeWeights(extractor);
  if (ok) return;
  const detail = `Largest difference ${maxAbsDifference.toPrecision(3)}, allowed 0.001.`;
  throw new VergerError('E_WEIGHTS_PROBE', {}, { detail });
}

/**
 * An extractor whose weights give what they are named for. Those of int8 were checked before they were
 * quantised, so what they do not give is the calibration's fault. Errors: E_WEIGHTS_PROBE, E_CALIBRATION;
 * what the engine throws.
 */
async function openExtractor(init: ChildInit & { readonly network: Uint8Array }): Promise<Extractor> {
  const extractor = await createExtractor(init);
  try {
    await checkWeights(extractor);
  } catch (error) {
    await extractor.close();
    if (init.fingerprint.precision !== 'int8') throw error;
    const detail = 'The quantised network does not give the features of the built-in probe image.';
    throw new VergerError('E_CALIBRATION', {}, { detail });
  }
  return extractor;
}

/**
 * What measures, on a CPU that has int8, with weights that give what they are named for. Errors: E_INT8_CPU.
 */
async function openMeasurer(network: Uint8Array, fingerprint: Fingerprint) {
  await proveInt8();
  const measurer = await createMeasurer(network);
  const infer = async (pixels: Pixels) => (await measurer.calibrator.measure(pixels)).features;
  await checkWeights({ infer, fingerprint });
  return measurer;
}

/** Frees what the last `startChild` has opened. */
let closeOpened = async (): Promise<void> => {};

/**
 * What a child answers from now on: it measures for a calibration, or does all else. What it had opened
 * before is closed. Errors: those of `openExtractor`.
 */
export async function startChild(init: ChildInit) {
  const { network, fingerprint, purpose } = init;
  await closeOpened();
  if (purpose === 'calibrate' && network !== null) {
    const { answer, calibrator } = await openMeasurer(network, fingerprint);
    closeOpened = calibrator.close;
    return answer;
  }
  const extractor = network === null ? noExtractor(fingerprint) : await openExtractor({ ...init, network });
  closeOpened = extractor.close;
  await warm;
  return createAnswer(extractor, arithmeticOf(onnxIntegerGram));
}
