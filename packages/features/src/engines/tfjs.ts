import type { EventEmitter } from 'node:events';
import { createRequire } from 'node:module';
import { VergerError } from '@verger/core';
import type { Engine } from './engine.ts';
import { openNetwork } from './tensorflow.ts';
import type { TensorFlow } from './tensorflow-api.ts';

const FAULTS = ['uncaughtException', 'unhandledRejection'];

interface WasmBackend {
  readonly version_wasm: string;
  setThreadsCount(count: number): void;
}

/**
 * TensorFlow.js on its WebAssembly backend, which reads its file from its own package. Loaded once in a
 * process, 40 ms.
 */
async function loadTfjs(): Promise<{ tf: TensorFlow; version: string }> {
  const require = createRequire(import.meta.url);
  const tf = require('@tensorflow/tfjs-core') as TensorFlow;
  const backend = require('@tensorflow/tfjs-backend-wasm') as WasmBackend;
  const events: EventEmitter = process;
  const before = FAULTS.map((fault) => [fault, events.listeners(fault)] as const);
  backend.setThreadsCount(1);
  const isSet = await tf.setBackend('wasm');
  // Emscripten throws again whatever is not caught, which would change how a process ends.
  for (const [fault, kept] of before)
    for (const listener of events.listeners(fault))
      if (!kept.includes(listener)) events.removeListener(fault, listener as () => void);
  if (isSet) return { tf, version: backend.version_wasm };
  throw new VergerError('E_ENGINE_MISSING', {}, { detail: 'The WebAssembly of tfjs cannot be loaded.' });
}

let loaded: ReturnType<typeof loadTfjs> | undefined;

/** The library, once it is loaded, and its version. Errors: E_ENGINE_MISSING. */
export function tfjs(): ReturnType<typeof loadTfjs> {
  loaded ??= loadTfjs();
  return loaded;
}

/**
 * The `tfjs` engine: TensorFlow.js on WebAssembly, one thread. Cost: 100 ms; then 24 ms an image. Errors:
 * E_ENGINE_MISSING.
 */
export async function openTfjs(network: Uint8Array): Promise<Engine> {
  const { tf, version } = await tfjs();
  return { name: 'tfjs', version, ...openNetwork(tf, network) };
}
