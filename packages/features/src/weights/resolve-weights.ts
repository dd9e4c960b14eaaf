import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Fingerprint, type ProxyOptions, sha256, VergerError } from '@verger/core';
import type { DownloadProgress, DownloadTimeouts } from './download.ts';

/** The weights that Keras publishes: ImageNet, alpha 1.0, 224, without top. */
export const PUBLISHED_WEIGHTS_URL =
  'https://storage.googleapis.com/tensorflow/keras-applications/mobilenet_v2/mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224_no_top.h5';
const TIMEOUTS: DownloadTimeouts = { connectMs: 5000, idleMs: 15_000 };
const FILE_NAME = 'mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224_no_top.h5';

/** Where weights may be found. */
export interface ResolveWeightsOptions {
  /** A file that was named by the user, or null. */
  readonly weights: string | null;
  /** Null: there is none, see `requireCacheDir`. */
  readonly cacheDir: string | null;
  /** Whether the published file may be fetched. */
  readonly download: boolean;
  readonly onProgress?: (progress: DownloadProgress) => void;
  readonly signal?: AbortSignal;
  /** Default: the published file. */
  readonly url?: string;
  /** Default: 5 s to connect, 15 s without a byte. */
  readonly timeouts?: DownloadTimeouts;
  /** Asked for only when something is downloaded. Default: none. */
  readonly proxies?: (() => ProxyOptions | undefined) | undefined;
}

/** A weights file, and how it was found. */
export interface ResolvedWeights {
  readonly path: string;
  readonly source: 'given' | 'cache' | 'download';
}

const isFile = async (path: string) => (await stat(path).catch(() => undefined))?.isFile() === true;

/**
 * The cache folder, where something must be kept. Errors: E_CONFIG for a user who has no home folder and
 * named none.
 */
export function requireCacheDir(cacheDir: string | null): string {
  if (cacheDir !== null) return cacheDir;
  const detail =
    'This user has no home folder (HOME is not set), so there is no folder for weights: ' +
    'pass --cache FOLDER or set VERGER_CACHE.';
  throw new VergerError('E_CONFIG', { option: '--cache' }, { detail });
}

/** Where a weights file is in a cache folder. */
export function cachedWeightsPath(cacheDir: string): string {
  return join(cacheDir, FILE_NAME);
}

/**
 * Where a worker keeps weights that it fetched from the output of a run. ImageNet's are kept apart: those
 * serve any command that finds them.
 */
export function fetchedWeightsPath(
  cacheDir: string,
  { weightsKind, weightsSha256 }: Pick<Fingerprint, 'weightsKind' | 'weightsSha256'>,
): string {
  return join(cacheDir, `${weightsKind}-weights-${weightsSha256}.h5`);
}

/**
 * ImageNet weights that a worker has fetched, of several always the first by name; undefined where there are
 * none, or only damaged ones. `weights-<sha256>.h5` of release 0.2 may be custom ones: it is not taken.
 */
async function workersCopy(cacheDir: string): Promise<string | undefined> {
  const names = await readdir(cacheDir).catch(() => []);
  for (const name of names.sort()) {
    const [, stated] = /^imagenet-weights-([0-9a-f]{64})\.h5$/.exec(name) ?? [];
    if (stated === undefined) continue;
    const path = join(cacheDir, name);
    const bytes = await readFile(path).catch(() => undefined);
    if (bytes !== undefined && sha256(bytes) === stated) return path;
  }
  return undefined;
}

/**
 * The weights file to use: the given one, else the one in the cache folder (under the name that Keras gives
 * it, or the one of a worker that fetched it), else the published one, downloaded there once. Undefined when
 * nothing is there and `download` is false. Errors: E_WEIGHTS_MISSING (given, not there), E_WEIGHTS_DOWNLOAD,
 * E_CONFIG without a cache.
 */
export async function resolveWeights(options: ResolveWeightsOptions): Promise<ResolvedWeights | undefined> {
  const { weights, cacheDir, download } = options;
  if (weights !== null) {
    const there = await stat(weights).catch(() => undefined);
    if (there?.isFile() !== true) {
      const detail = there === undefined ? 'The file does not exist.' : 'It is not a file.';
      throw new VergerError('E_WEIGHTS_MISSING', { path: weights }, { detail });
    }
    return { path: weights, source: 'given' };
  }
  if (cacheDir === null && !download) return undefined;
  const path = cachedWeightsPath(requireCacheDir(cacheDir));
  if (await isFile(path)) return { path, source: 'cache' };
  const copy = await workersCopy(dirname(path));
  if (copy !== undefined) return { path: copy, source: 'cache' };
  if (!download) return undefined;
  // Its HTTP client takes 0.1 s to load, and few commands download.
  const { downloadFile } = await import('./download.ts');
  const { onProgress, signal, url = PUBLISHED_WEIGHTS_URL, timeouts = TIMEOUTS } = options;
  await downloadFile({ url, path, timeouts, proxies: options.proxies?.(), onProgress, signal });
  return { path, source: 'download' };
}
