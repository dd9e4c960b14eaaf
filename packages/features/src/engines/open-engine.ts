import { type EngineChoice, type Fingerprint, VergerError } from '@verger/core';
import type { Engine } from './engine.ts';

/** A network for an engine: the ONNX model of `prepareNetwork`, and its precision. */
interface Opened {
  readonly network: Uint8Array;
  readonly fingerprint: Pick<Fingerprint, 'precision'>;
}

/**
 * Opens a network in an engine, whose library is loaded only here. Errors: E_ENGINE_PRECISION for int8 in
 * another engine than onnxruntime; E_ENGINE_MISSING; what the library throws.
 */
export async function openEngine(
  { network, fingerprint }: Opened,
  { engine = 'onnxruntime', tfjsNode = null }: EngineChoice,
): Promise<Engine> {
  if (engine !== 'onnxruntime' && fingerprint.precision === 'int8') {
    throw new VergerError('E_ENGINE_PRECISION', {}, { detail: `The engine is ${engine}.` });
  }
  switch (engine) {
    case 'onnxruntime':
      return (await import('./onnxruntime.ts')).openOnnxruntime(network);
    case 'tfjs':
      return (await import('./tfjs.ts')).openTfjs(network);
    case 'tfjs-node':
      return (await import('./tfjs-node.ts')).openTfjsNode(network, tfjsNode);
  }
}
