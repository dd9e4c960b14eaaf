import type { EngineChoice } from '@verger/core';
import type { Engine } from './engine.ts';

/**
 * Opens a network (the ONNX model of `buildNetwork`) in an engine, whose library is loaded only here. Errors:
 * E_ENGINE_MISSING; what the library throws.
 */
export async function openEngine(network: Uint8Array, choice: EngineChoice): Promise<Engine> {
  switch (choice.engine) {
    case 'tfjs':
      return (await import('./tfjs.ts')).openTfjs(network);
    case 'tfjs-node':
      return (await import('./tfjs-node.ts')).openTfjsNode(network, choice.tfjsNode ?? null);
    default:
      return (await import('./onnxruntime.ts')).openOnnxruntime(network);
  }
}
