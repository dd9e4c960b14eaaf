/** Thumbnails of a run's images: read again here, shrunk in children, packed into sprites. */
import {
  decodeLimitsOf,
  defer,
  ERRORS,
  forEachBounded,
  type ImageRef,
  MAX_IMAGE_BYTES,
  VergerError,
  within,
} from '@verger/core';
import { parseListingPart, readImage } from '@verger/listing';
import { PoolError } from '@verger/pool';
import { type PictureRef, type Pictures, pictureKey, SPRITE_TILES } from '@verger/report';
import { readFile } from '@verger/run';
import { BATCH_BYTES, BATCH_IMAGES, FILES_AT_ONCE, type StageContext } from '../context.ts';

/** How far the reading of pictures may go. */
export interface PictureLimits {
  /** Time for all reading; what is not read by then is left out. Default: 60 s. */
  readonly mostMs?: number;
  /** Children that images may end before no more are tried. Default: 4. */
  readonly mostDeaths?: number;
  /** Throws where this process may not read the images: there are no pictures then. Default: it may. */
  readonly mayRead?: (() => Promise<void>) | undefined;
}

/** An image of the page, as it was listed. */
interface Wanted {
  readonly key: string;
  readonly image: ImageRef;
}

/** How the reading goes. */
interface Progress {
  /** Why no more pictures are read: a sentence. */
  stopped: string | undefined;
  /** Images that could be read, and that could not. */
  read: number;
  unread: number;
  /** Children that images may still end. */
  deathsLeft: number;
}

/** Images of which none can be read: then no other is tried. */
const UNREAD_AT_FIRST = 32;

const MOST_MS = 60_000;
const MOST_DEATHS = 4;

/**
 * The thumbnails of some images of the run, in the order of `refs`. An image that is gone, is not the listed
 * one any more or cannot be decoded has none. Reading stops where the images may not be read at all, where it
 * takes too long (also one read that never ends), or where too many images end their child; `fewer` says why.
 * Errors: the reason of the context's signal. Cost: 2 ms per image and core.
 */
export async function makePictures(
  ctx: StageContext,
  refs: readonly PictureRef[],
  { mostMs = MOST_MS, mostDeaths = MOST_DEATHS, mayRead }: PictureLimits = {},
): Promise<Pictures> {
  const progress: Progress = { stopped: undefined, read: 0, unread: 0, deathsLeft: mostDeaths };
  const tiles = new Map<string, Uint8Array>();
  const late = new AbortController();
  const aborted = defer<void>();
  const abort = () => aborted.reject(ctx.signal.reason);
  ctx.signal.addEventListener('abort', abort);
  const isLate = async () => {
    progress.stopped ??= tookLong(mostMs);
    late.abort(new Error('reading pictures took too long'));
  };
  const signal = AbortSignal.any([ctx.signal, late.signal]);
  const untilMs = ctx.clock.monotonicMs() + mostMs;
  const reading = readTiles({ ...ctx, signal }, refs, { progress, tiles, untilMs, mostMs, mayRead });
  try {
    // What hangs is left behind: it ends with its own error, or with the process.
    const ended = reading.catch((error: unknown) => {
      if (!late.signal.aborted) throw error;
    });
    await within(Promise.race([ended, aborted.promise]), mostMs, isLate);
  } finally {
    ctx.signal.removeEventListener('abort', abort);
  }
  ctx.signal.throwIfAborted();
  const keys = refs.map(pictureKey).filter((key) => tiles.has(key));
  const sprites = await packSprites(
    ctx,
    keys.map((key) => tiles.get(key) as Uint8Array),
  );
  const tileOf = new Map(keys.map((key, place) => [key, place]));
  return { sprites, tileOf, ...(progress.stopped === undefined ? {} : { fewer: progress.stopped }) };
}

const tookLong = (mostMs: number) =>
  `Reading the images took over ${Math.round(mostMs / 1000)} s; the rest has no pictures.`;

interface Reading {
  readonly progress: Progress;
  readonly tiles: Map<string, Uint8Array>;
  readonly untilMs: number;
  readonly mostMs: number;
  readonly mayRead: PictureLimits['mayRead'];
}

/** Fills `tiles` until all are read, or the reading has stopped. */
async function readTiles(
  ctx: StageContext,
  refs: readonly PictureRef[],
  { progress, tiles, untilMs, mostMs, mayRead }: Reading,
): Promise<void> {
  try {
    await mayRead?.();
  } catch (error) {
    ctx.signal.throwIfAborted();
    progress.stopped = `The images were not read: ${error instanceof Error ? error.message : String(error)}`;
    return;
  }
  const batches = cutBatches(await findListed(ctx, refs));
  await forEachBounded(batches, ctx.children.processes * 2, async (batch) => {
    ctx.signal.throwIfAborted();
    if (ctx.clock.monotonicMs() > untilMs) progress.stopped ??= tookLong(mostMs);
    if (progress.stopped !== undefined) return;
    for (const [key, tile] of await shrinkBatch(ctx, batch, progress)) {
      ctx.signal.throwIfAborted();
      tiles.set(key, tile);
    }
  });
}

/** The listing lines of the images, from the parts that have them. */
async function findListed(ctx: StageContext, refs: readonly PictureRef[]): Promise<Wanted[]> {
  const byPartition = new Map<number, Set<string>>();
  for (const { partition, path } of refs) {
    const paths = byPartition.get(partition) ?? new Set();
    byPartition.set(partition, paths.add(path));
  }
  const found = new Map<string, ImageRef>();
  await forEachBounded(byPartition, FILES_AT_ONCE, async ([partition, paths]) => {
    ctx.signal.throwIfAborted();
    const bytes = await readFile(ctx.run.store, ctx.layout.listing(partition));
    if (bytes === undefined) return;
    for (const image of linesOf(bytes, paths)) found.set(pictureKey({ partition, path: image.path }), image);
  });
  return refs.flatMap((ref) => {
    const key = pictureKey(ref);
    const image = found.get(key);
    return image === undefined ? [] : [{ key, image }];
  });
}

/** Paths that are looked for in the text of a part; for more of them all of it is parsed. */
const FEW_PATHS = 8;

/**
 * The images of those paths: of a few only their lines are parsed. What was listed as refused is left out.
 */
function linesOf(bytes: Uint8Array, paths: ReadonlySet<string>): ImageRef[] {
  const isWanted = ({ path, refused }: ImageRef) => refused === undefined && paths.has(path);
  if (paths.size > FEW_PATHS) return parseListingPart(bytes).filter(isWanted);
  const written = [...paths].map((path) => `"path":${JSON.stringify(path)}`);
  const lines = Buffer.from(bytes)
    .toString('utf8')
    .split('\n')
    .filter((line) => written.some((path) => line.includes(path)));
  return lines.flatMap((line) => parseListingPart(Buffer.from(`${line}\n`)).filter(isWanted));
}

function cutBatches(wanted: readonly Wanted[]): Wanted[][] {
  const batches: Wanted[][] = [];
  let bytes = 0;
  for (const one of wanted) {
    if (one.image.bytes > MAX_IMAGE_BYTES) continue;
    const last = batches.at(-1);
    if (last === undefined || last.length >= BATCH_IMAGES || bytes + one.image.bytes > BATCH_BYTES) {
      batches.push([one]);
      bytes = one.image.bytes;
    } else {
      last.push(one);
      bytes += one.image.bytes;
    }
  }
  return batches;
}

/** Reads a batch and has it shrunk: key and tile of those that gave one. */
async function shrinkBatch(
  ctx: StageContext,
  batch: readonly Wanted[],
  progress: Progress,
): Promise<(readonly [string, Uint8Array])[]> {
  const bytes = batch.reduce((sum, { image }) => sum + image.bytes, 0);
  const giveBack = await ctx.imageBytes.take(bytes);
  try {
    const reads = await Promise.all(batch.map((one) => readOne(ctx, one, progress)));
    const good = reads.flatMap((read) => read ?? []);
    return await shrink(ctx, good, progress);
  } finally {
    giveBack();
  }
}

interface Read extends Wanted {
  readonly bytes: Uint8Array;
}

async function readOne(ctx: StageContext, one: Wanted, progress: Progress): Promise<Read | undefined> {
  try {
    const read = await readImage(ctx.run.images, one.image, ctx.signal);
    if (read.ok) {
      progress.read += 1;
      return { ...one, bytes: read.bytes };
    }
    progress.unread += 1;
    if (progress.read === 0 && progress.unread >= UNREAD_AT_FIRST) {
      const why = read.said?.sentence ?? ERRORS[read.code].what;
      progress.stopped ??= `None of the first ${UNREAD_AT_FIRST} images could be read (${read.code}): ${why}`;
    }
    return undefined;
  } catch (error) {
    ctx.signal.throwIfAborted();
    if (!(error instanceof VergerError)) throw error;
    // Not of this image: the root is gone, or no more files can be opened.
    progress.stopped ??= `The images could not be read: ${error.message}`;
    return undefined;
  }
}

async function shrink(
  ctx: StageContext,
  images: readonly Read[],
  progress: Progress,
): Promise<(readonly [string, Uint8Array])[]> {
  if (images.length === 0 || progress.stopped !== undefined) return [];
  const request = {
    images: images.map(({ bytes }) => bytes),
    limits: decodeLimitsOf(ctx.run.manifest.extraction),
  };
  const alone = images.length === 1;
  try {
    const tiles = await ctx.children.call('thumbnails', request, { alone, signal: ctx.signal });
    return images.flatMap(({ key }, at) => {
      const tile = tiles[at];
      return tile === null || tile === undefined ? [] : [[key, tile] as const];
    });
  } catch (error) {
    if (!(error instanceof PoolError)) throw error;
    if (alone) {
      countDeath(progress);
      return [];
    }
    // One of them did it: each by itself, and only that one is counted.
    const { deathsLeft } = progress;
    const some: (readonly [string, Uint8Array])[] = [];
    for (const image of images) some.push(...(await shrink(ctx, [image], progress)));
    if (progress.deathsLeft === deathsLeft) countDeath(progress);
    return some;
  }
}

function countDeath(progress: Progress): void {
  progress.deathsLeft -= 1;
  if (progress.deathsLeft <= 0) progress.stopped ??= 'Too many images ended the process that decoded them.';
}

async function packSprites(ctx: StageContext, tiles: readonly Uint8Array[]): Promise<Uint8Array[]> {
  const sprites: Uint8Array[] = [];
  const starts = Array.from({ length: Math.ceil(tiles.length / SPRITE_TILES) }, (_, at) => at * SPRITE_TILES);
  await forEachBounded(starts.entries(), ctx.children.processes, async ([place, from]) => {
    const some = tiles.slice(from, from + SPRITE_TILES);
    sprites[place] = await ctx.children.call('sprite', { tiles: some }, { signal: ctx.signal });
  });
  return sprites;
}
