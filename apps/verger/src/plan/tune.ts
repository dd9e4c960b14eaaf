import type { DecodeLimits, Storage } from '@verger/core';
import { countLeftOut, isSampled, listImages, parseLabelRule } from '@verger/listing';
import { drawOrchard } from '@verger/orchard';
import { readUsage } from '@verger/pool';
import { noInput } from '@verger/run';
import type { ResolvedConfig } from '@verger/runtime';
import { createChildren, createImagePool, type ImagePoolOptions } from '@verger/stages';

/** Images that are extracted again and again: enough to be mixed, few enough to be held in memory. */
const MOST_IMAGES = 192;
const MOST_BYTES = 128 * 2 ** 20;
const BATCH_IMAGES = 8;
const BATCH_BYTES = 8 * 2 ** 20;
const DRAWN = { seed: 7, kinds: 24, views: 4 };
/** Numbers of processes that are tried at most. */
const MOST_SETTINGS = 6;
/** A smaller number of processes is as good when it is that close to the best. */
const AS_GOOD = 0.97;
const MIB = 2 ** 20;

/** What one number of processes gave. */
export interface TuneResult {
  readonly processes: number;
  readonly imagesPerSecond: number;
  /** Until all children were ready. */
  readonly startMs: number;
  /** CPU time over wall time, this process and its children together. */
  readonly coresUsed: number;
  /** Peak resident memory of each child. */
  readonly childBytes: readonly number[];
}

/**
 * The numbers of processes that are tried: all from 1 to one more than the cores, or six of them spread over
 * a large machine.
 */
export function tuneCounts(cores: number): number[] {
  const all = Array.from({ length: cores + 1 }, (_, index) => index + 1);
  if (all.length <= MOST_SETTINGS) return all;
  const some = [1, cores / 4, cores / 2, (cores * 3) / 4, cores, cores + 1].map(Math.round);
  return [...new Set(some)];
}

/**
 * The fewest processes that are within 3 % of the best, and twice the memory that a child of them took, in
 * steps of 64 MiB.
 */
export function suggest(
  results: readonly TuneResult[],
  memoryLimitBytes: number,
): { processes: number; childMemoryMib: number } {
  const best = Math.max(...results.map(({ imagesPerSecond }) => imagesPerSecond));
  const good = results.filter(({ imagesPerSecond }) => imagesPerSecond >= best * AS_GOOD);
  const chosen = good.reduce((least, one) => (one.processes < least.processes ? one : least));
  const twice = (2 * Math.max(0, ...chosen.childBytes)) / MIB;
  const share = (memoryLimitBytes * 0.75) / chosen.processes / MIB;
  // Half a GiB at least: a photograph of 50 million pixels needs 300 MiB that a sample of small ones does not
  // show.
  const wanted = Math.min(Math.max(512, Math.ceil(twice / 64) * 64), Math.floor(share / 64) * 64);
  return { processes: chosen.processes, childMemoryMib: Math.max(256, wanted) };
}

/**
 * Drawings of the orchard, or a seeded sample of a folder's images, at most 192 and 128 MiB. Errors:
 * E_NO_INPUT, E_INPUT_…; the signal's reason.
 */
export async function tuneImages(
  images: Storage | undefined,
  config: ResolvedConfig,
  signal: AbortSignal,
): Promise<Uint8Array[]> {
  if (images === undefined) {
    const drawn: Uint8Array[] = [];
    for await (const { bytes } of drawOrchard(DRAWN)) drawn.push(bytes);
    return drawn;
  }
  const { labeler } = await parseLabelRule('none', async () => '');
  const counter = countLeftOut();
  const keys: string[] = [];
  for await (const { path, refused } of listImages(
    images,
    { ...config.extraction, sample: null, limit: null },
    labeler,
    { leftOut: counter, signal },
  )) {
    if (refused === undefined) keys.push(path);
  }
  const share = Math.min(1, MOST_IMAGES / Math.max(1, keys.length));
  const read: Uint8Array[] = [];
  let bytes = 0;
  for (const key of keys.filter((path) => share === 1 || isSampled(path, share, 1))) {
    if (read.length === MOST_IMAGES || bytes >= MOST_BYTES) break;
    const result = await images.read(key, { maxBytes: BATCH_BYTES, signal });
    if (result.status !== 'read') continue;
    read.push(result.bytes);
    bytes += result.bytes.byteLength;
  }
  if (read.length === 0) throw noInput(images.describe(), counter.counts());
  return read;
}

/** What is extracted for a measurement, and how long. */
export interface Tuning {
  readonly images: readonly Uint8Array[];
  readonly limits?: DecodeLimits | undefined;
  readonly seconds: number;
  readonly signal: AbortSignal;
}

/** Extracts the images over and over for that long, with one number of processes. Nothing is left running. */
export async function measureProcesses(
  options: ImagePoolOptions,
  { images, limits, seconds, signal }: Tuning,
): Promise<TuneResult> {
  const { processes } = options;
  const pool = createImagePool(options);
  const children = createChildren(pool, processes);
  const batches = batchesOf(images);
  let next = 0;
  const work = async (untilMs: number): Promise<number> => {
    let done = 0;
    const lane = async () => {
      while (performance.now() < untilMs) {
        signal.throwIfAborted();
        const batch = batches[next++ % batches.length] ?? [];
        await children.call('images', { images: batch, limits }, { signal });
        done += batch.length;
      }
    };
    await Promise.all(Array.from({ length: processes * 2 }, lane));
    return done;
  };
  const cpuMs = async () => {
    const { user, system } = process.cpuUsage();
    const usage = await readUsage(pool.stats().pids);
    return (user + system) / 1000 + [...usage.values()].reduce((total, one) => total + one.cpuMs, 0);
  };
  const stop = () => void pool.close();
  signal.addEventListener('abort', stop, { once: true });
  try {
    const starting = performance.now();
    await pool.start();
    const startMs = performance.now() - starting;
    await work(performance.now() + (seconds * 1000) / 4); // caches, weight tables, clocks
    const [started, before] = [performance.now(), await cpuMs()];
    const done = await work(started + seconds * 1000);
    const wallMs = performance.now() - started;
    const coresUsed = ((await cpuMs()) - before) / wallMs;
    const childBytes = pool.stats().rssBytes;
    return { processes, imagesPerSecond: (done * 1000) / wallMs, startMs, coresUsed, childBytes };
  } finally {
    signal.removeEventListener('abort', stop);
    await pool.close();
  }
}

function batchesOf(images: readonly Uint8Array[]): Uint8Array[][] {
  const batches: Uint8Array[][] = [];
  let bytes = 0;
  for (const image of images) {
    const batch = batches.at(-1);
    if (batch === undefined || batch.length >= BATCH_IMAGES || bytes + image.byteLength > BATCH_BYTES) {
      batches.push([image]);
      bytes = image.byteLength;
    } else {
      batch.push(image);
      bytes += image.byteLength;
    }
  }
  return batches;
}
