import { realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as util from 'node:util';
import { VergerError } from '@verger/core';
import type { Engine } from './engine.ts';
import { openNetwork } from './tensorflow.ts';
import type { TensorFlow } from './tensorflow-api.ts';

const PACKAGE = '@tensorflow/tfjs-node';

type TfjsNode = TensorFlow & { readonly version: Readonly<Record<string, string>> };

const missing = (detail: string, cause?: unknown) =>
  new VergerError('E_ENGINE_MISSING', {}, { detail, cause });

/** The reason why this Node cannot run tfjs-node 4; undefined where it can. */
export function nodeFault(node: object, version: string): string | undefined {
  if ('isNullOrUndefined' in node) return undefined;
  return `tfjs-node calls util.isNullOrUndefined, which Node ${version} does not have any more.`;
}

/**
 * The file that Node loads for the package; undefined where it has none. Of a folder it lies in its
 * `node_modules`: Node would look in parent folders, NODE_PATH and the home folder, too. Throws what Node does.
 */
function findPackage(require: NodeJS.Require, folder: string | null): string | undefined {
  const path = require.resolve(PACKAGE);
  if (folder === null) return path;
  const inside = realpathSync(join(folder, 'node_modules')) + sep;
  return realpathSync(path).startsWith(inside) ? path : undefined;
}

/**
 * Loads tfjs-node from the `node_modules` of a folder, or from beside verger. Its threads are those of
 * NATIVE_SETTINGS. Cost: 0.3 s, 250 MB. Errors: E_ENGINE_MISSING.
 */
export function loadTfjsNode(folder: string | null): TfjsNode {
  const fault = nodeFault(util, process.versions.node);
  if (fault !== undefined) throw missing(fault);
  const from = folder === null ? import.meta.url : pathToFileURL(resolve(folder, 'index.js'));
  const require = createRequire(from);
  const place = folder === null ? 'beside verger' : `in ${join(folder, 'node_modules')}`;
  let path: string | undefined;
  let cause: unknown;
  try {
    path = findPackage(require, folder);
  } catch (thrown) {
    cause = thrown;
  }
  if (path === undefined) throw missing(`There is no ${PACKAGE} ${place}.`, cause);
  try {
    return require(path) as TfjsNode;
  } catch (cause) {
    throw missing(`${path}: ${cause instanceof Error ? cause.message : String(cause)}`, cause);
  }
}

/**
 * The `tfjs-node` engine: TensorFlow's own library under TensorFlow.js, one thread. Cost: 0.5 s; then 15 ms
 * an image. Errors: E_ENGINE_MISSING.
 */
export async function openTfjsNode(network: Uint8Array, folder: string | null): Promise<Engine> {
  const tf = loadTfjsNode(folder);
  return { name: 'tfjs-node', version: tf.version['tfjs-node'] ?? 'unknown', ...openNetwork(tf, network) };
}
