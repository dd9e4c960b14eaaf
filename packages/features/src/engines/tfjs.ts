import type { EventEmitter } from 'node:events';
import { createRequire } from 'node:module';
import { VergerError } from '@verger/core';
import type { Engine } from './engine.ts';
import { openNetwork } from './tensorflow.ts';
import type { TensorFlow } from './tensorflow-api.ts';

type Require = (name: string) => unknown;
type Listener = (...values: unknown[]) => void;

const FAULTS = ['uncaughtException', 'unhandledRejection'];

interface WasmBackend {
  readonly version_wasm: string;
  setThreadsCount(count: number): void;
}

interface Loaded {
  readonly tf: TensorFlow;
  readonly version: string;
}

const reasonOf = (cause: unknown) => (cause instanceof Error ? cause.message.split('\n')[0] : String(cause));
const missing = (detail: string, cause?: unknown) =>
  new VergerError('E_ENGINE_MISSING', {}, { detail, cause });

function packageOf<T>(require: Require, name: string): T {
  try {
    return require(name) as T;
  } catch (cause) {
    throw missing(`${name}: ${reasonOf(cause)}`, cause);
  }
}

/** Whether the code that adds a listener is the backend's own. */
const isOfTfjs = (stack = '') => /tfjs-backend-wasm/.test(stack);

/**
 * Removes, when it is called again, the listeners that Emscripten has added since: those throw again whatever
 * is not caught, which would change how a process ends. Those of others stay.
 */
function watchFaults(): () => void {
  const events: EventEmitter = process;
  const added: (readonly [string, Listener])[] = [];
  const note = (fault: string, listener: Listener) => {
    if (FAULTS.includes(fault) && isOfTfjs(new Error().stack)) added.push([fault, listener]);
  };
  events.on('newListener', note);
  return () => {
    events.removeListener('newListener', note);
    for (const [fault, listener] of added) events.removeListener(fault, listener);
  };
}

/**
 * TensorFlow.js on its WebAssembly backend, which reads its file from its own package. Loaded once in a
 * process, 40 ms.
 */
async function loadTfjs(require: Require): Promise<Loaded> {
  const tf = packageOf<TensorFlow>(require, '@tensorflow/tfjs-core');
  const backend = packageOf<WasmBackend>(require, '@tensorflow/tfjs-backend-wasm');
  backend.setThreadsCount(1);
  const forget = watchFaults();
  try {
    if (await tf.setBackend('wasm')) return { tf, version: backend.version_wasm };
  } catch (cause) {
    throw missing(`The WebAssembly of tfjs cannot be loaded: ${reasonOf(cause)}`, cause);
  } finally {
    forget();
  }
  throw missing('The WebAssembly of tfjs cannot be loaded.');
}

/**
 * Loads the library once at a time: a failure is forgotten, so that the next call tries again. `require` is
 * that of this module; tests give their own.
 */
export function tfjsLoader(require: Require): () => Promise<Loaded> {
  let loaded: Promise<Loaded> | undefined;
  return () => {
    loaded ??= loadTfjs(require).catch((error: unknown) => {
      loaded = undefined;
      throw error;
    });
    return loaded;
  };
}

/** The library, once it is loaded, and its version. Errors: E_ENGINE_MISSING. */
export const tfjs: () => Promise<Loaded> = tfjsLoader(createRequire(import.meta.url));

/**
 * The `tfjs` engine: TensorFlow.js on WebAssembly, one thread. Cost: 100 ms; then 24 ms an image. Errors:
 * E_ENGINE_MISSING.
 */
export async function openTfjs(network: Uint8Array): Promise<Engine> {
  const { tf, version } = await tfjs();
  return { name: 'tfjs', version, ...openNetwork(tf, network) };
}
