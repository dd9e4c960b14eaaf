import type { DecodeLimits, Storage } from '@verger/core';
import { countLeftOut, isSampled, listImages, parseLabelRule } from '@verger/listing';
import { drawOrchard } from '@verger/orchard';
import { readUsage } from '@verger/pool';
import { noInput } from '@verger/run';
import type { ResolvedConfig } from '@verger/runtime';
import { createChildren, createImagePool, type ImagePoolOptions } from '@verger/stages';
import type { Measured } from './tune-settings.ts';

/** Images that are extracted again and again: enough to be mixed, few enough to be held in memory. */
const MOST_IMAGES = 192;
const MOST_BYTES = 128 * 2 ** 20;
const BATCH_IMAGES = 8;
const BATCH_BYTES = 8 * 2 ** 20;
const DRAWN = { seed: 7, kinds: 24, views: 4 };
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
): Promise<Measured> {
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
