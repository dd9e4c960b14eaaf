import {
  decodeLimitsOf,
  ERRORS,
  FEATURES,
  forEachBounded,
  type ImageErrorCode,
  type ImageRef,
  isEnvironmental,
  MAX_IMAGE_BYTES,
  type Quarantined,
  type StageTimings,
  VergerError,
} from '@verger/core';
import { checkImagesRoot, type ImageRead, readImage } from '@verger/listing';
import { PoolError } from '@verger/pool';
import type { ImageOutcome, PartitionRows } from '../child/protocol.ts';
import { BATCH_BYTES, BATCH_IMAGES, batchesAhead, type StageContext } from '../context.ts';
import { imagesDone } from './images-done.ts';

/** What the attempts at the images of a partition in this process hand on to each other. */
export interface PartitionProgress {
  /**
   * Outcomes that an earlier attempt in this process already has, by place in the partition. Filled further
   * here.
   */
  readonly outcomes: (ImageOutcome | undefined)[];
  /**
   * Images that ended a child although they were alone in it, by place, with the code: later attempts try
   * them only so. Filled here.
   */
  readonly lethalImages: Map<number, ImageErrorCode>;
  /** Read, decode and inference times are added here. */
  readonly timings: StageTimings;
  /** When the first attempt began, on the context's monotonic clock. */
  readonly startedMs: number;
}

/** Before the first attempt. */
export function newPartition(startedMs = 0): PartitionProgress {
  const timings = { readMs: 0, decodeMs: 0, inferenceMs: 0, encodeMs: 0, wallMs: 0 };
  return { outcomes: [], lethalImages: new Map(), timings, startedMs };
}

/** One try at the images of a partition. */
export interface ImagesWork extends PartitionProgress {
  readonly partition: number;
  readonly listing: readonly ImageRef[];
  /** Only the last attempt may put an image in quarantine because of its surroundings. */
  readonly last: boolean;
}

/** What became of an image whose child ended. */
export const POOL_CODES = {
  crash: 'E_IMG_CRASH',
  cpu: 'E_IMG_TIMEOUT',
  wall: 'E_IMG_TIMEOUT',
  memory: 'E_IMG_MEMORY',
} as const satisfies Record<PoolError['reason'], ImageErrorCode>;
const LETHAL_CODES: readonly ImageErrorCode[] = Object.values(POOL_CODES);

/**
 * Fills `outcomes`. Images whose surroundings failed are tried once more alone; then they fail the attempt,
 * or are given up by the last. One that ended its child alone is not tried together with others again, so it
 * ends one child an attempt, and one more. Where the surroundings as a whole are at fault no image is blamed,
 * not by the last attempt either. Errors: an environmental code with the first such path; E_INPUT_MISSING
 * when the images' root is gone; E_INPUT_UNREADABLE or an E_S3_… when most cannot be read.
 */
export async function extractImages(ctx: StageContext, work: ImagesWork): Promise<void> {
  const { listing, outcomes } = work;
  const pending = await tryTogether(ctx, work);
  if (pending.size === 0) return;
  await checkImagesRoot(ctx.run.images, ctx.signal);
  checkReadable(ctx, work, pending);
  const settledNow: [number, ImageOutcome][] = [];
  let failed: VergerError | undefined;
  for (const index of [...pending.keys()].sort((a, b) => a - b)) {
    const image = listing[index] as ImageRef;
    const [only] = await extractBatch(ctx, [image], { timings: work.timings, alone: true });
    const outcome = only as ImageOutcome;
    if (outcome.ok || !isEnvironmental(outcome.code) || work.last) settledNow.push([index, outcome]);
    else {
      const { code, said } = outcome;
      const place = { path: image.path, partition: work.partition };
      failed ??= new VergerError(code, place, { detail: said?.sentence });
      if (LETHAL_CODES.includes(code)) work.lethalImages.set(index, code);
    }
  }
  // Once more: the root may have gone while they were tried.
  await checkImagesRoot(ctx.run.images, ctx.signal);
  recordOutcomes(ctx, outcomes, settledNow);
  if (failed !== undefined) throw failed;
}

/** An image without features. */
type Bad = Extract<ImageOutcome, { ok: false }>;

/**
 * All images without an outcome but lethalImages, many at once. Gives those whose surroundings failed, and
 * the lethalImages, by place in the partition.
 */
async function tryTogether(ctx: StageContext, work: ImagesWork): Promise<Map<number, Bad>> {
  const { listing, outcomes, lethalImages, timings } = work;
  const batches = cutBatches(listing, (index) => outcomes[index] === undefined && !lethalImages.has(index));
  const left = [...lethalImages].filter(([index]) => outcomes[index] === undefined);
  const unsettled = new Map(left.map(([index, code]): [number, Bad] => [index, { ok: false, code }]));
  const endTurn = await ctx.turn.take(1);
  try {
    await forEachBounded(batches, ctx.children.processes * batchesAhead(ctx.run.images), async (batch) => {
      if (batch === batches.at(-1)) endTurn();
      const images = batch.map((index) => listing[index] as ImageRef);
      const settledNow: [number, ImageOutcome][] = [];
      for (const [at, outcome] of (await extractBatch(ctx, images, { timings, alone: false })).entries()) {
        const index = batch[at] as number;
        if (!outcome.ok && isEnvironmental(outcome.code)) unsettled.set(index, outcome);
        else settledNow.push([index, outcome]);
      }
      recordOutcomes(ctx, outcomes, settledNow);
    });
  } finally {
    endTurn();
  }
  return unsettled;
}

/** Wanted images in batches, by their place in the partition. */
export function cutBatches(listing: readonly ImageRef[], wanted: (index: number) => boolean): number[][] {
  const batches: number[][] = [];
  let batch: number[] = [];
  let bytes = 0;
  for (const [index, image] of listing.entries()) {
    if (!wanted(index)) continue;
    if (batch.length === 0 || batch.length >= BATCH_IMAGES || bytes + image.bytes > BATCH_BYTES) {
      batch = [];
      bytes = 0;
      batches.push(batch);
    }
    batch.push(index);
    bytes += image.bytes;
  }
  return batches;
}

/** Reasons that an error counts. */
const SHOWN_REASONS = 4;

/**
 * One image that cannot be read is its own; most of a partition are the reader's credentials, the store, or
 * the disk.
 */
function checkReadable(
  ctx: StageContext,
  { listing, partition, last }: ImagesWork,
  unsettled: ReadonlyMap<number, Bad>,
): void {
  const unread = [...unsettled].flatMap(([index, { code, said }]) =>
    said === undefined ? [] : [{ path: listing[index]?.path ?? '', index, code, said }],
  );
  if (unread.length < 2 || unread.length * 2 <= listing.length) return;
  unread.sort((a, b) => a.index - b.index);
  const reasons = new Map<string, typeof unread>();
  for (const one of unread) {
    const reason = `${one.code} ${one.said.storeCode ?? ''}`;
    reasons.set(reason, [...(reasons.get(reason) ?? []), one]);
  }
  const counted = [...reasons.values()].sort((a, b) => b.length - a.length);
  const first = counted[0]?.[0];
  if (first === undefined) return;
  const { path, code, said } = first;
  const words = counted.map((those) => `${those[0]?.said.storeCode ?? those[0]?.code} × ${those.length}`);
  const shown = [...words.slice(0, SHOWN_REASONS), ...(words.length > SHOWN_REASONS ? ['…'] : [])];
  const among = words.length === 1 ? '' : ` (${shown.join(', ')})`;
  const many = `${unread.length} of the ${listing.length} images of the partition`;
  const detail = `${many} cannot be read${among}. ${said.sentence}`;
  if (!last) throw new VergerError(code, { path, partition }, { detail });
  throw new VergerError(said.ifMost, { path, partition, location: ctx.run.images.describe() }, { detail });
}

function recordOutcomes(
  ctx: StageContext,
  outcomes: (ImageOutcome | undefined)[],
  settledNow: readonly (readonly [number, ImageOutcome])[],
): void {
  for (const [index, outcome] of settledNow) outcomes[index] = outcome;
  ctx.emit(imagesDone(settledNow.map(([, outcome]) => outcome)));
}

/**
 * The outcomes of a batch, in its order. All of it takes the blame for a child's death: each is then tried
 * alone.
 */
async function extractBatch(
  ctx: StageContext,
  images: readonly ImageRef[],
  { timings, alone }: { timings: StageTimings; alone: boolean },
): Promise<ImageOutcome[]> {
  ctx.signal.throwIfAborted();
  // What is too large is not read, so it takes nothing.
  const bytes = images.reduce((sum, image) => sum + (image.bytes > MAX_IMAGE_BYTES ? 0 : image.bytes), 0);
  const giveBack = await ctx.imageBytes.take(bytes);
  try {
    const reads = await Promise.all(images.map((image) => readTimed(ctx, image, timings)));
    const good = reads.flatMap((read) => (read.ok ? [read.bytes] : []));
    const inferred = good.length === 0 ? [] : await inferBatch(ctx, good, { timings, alone });
    const next = inferred.values();
    return reads.map((read) => (read.ok ? (next.next().value as ImageOutcome) : read));
  } finally {
    giveBack();
  }
}

async function readTimed(ctx: StageContext, image: ImageRef, timings: StageTimings): Promise<ImageRead> {
  const reading = ctx.clock.monotonicMs();
  const read = await readImage(ctx.run.images, image, ctx.signal);
  timings.readMs += ctx.clock.monotonicMs() - reading;
  return read;
}

async function inferBatch(
  ctx: StageContext,
  images: readonly Uint8Array[],
  { timings, alone }: { timings: StageTimings; alone: boolean },
): Promise<readonly ImageOutcome[]> {
  const request = { images, limits: decodeLimitsOf(ctx.run.manifest.extraction) };
  try {
    const batch = await ctx.children.call('images', request, { alone, signal: ctx.signal });
    timings.decodeMs += batch.decodeMs;
    timings.inferenceMs += batch.inferenceMs;
    return batch.outcomes;
  } catch (error) {
    if (!(error instanceof PoolError)) throw error;
    return images.map(() => ({ ok: false, code: POOL_CODES[error.reason] }));
  }
}

/** Good rows in listing order, and the quarantine in listing order. Every image must have its outcome. */
export function rowsOf(
  listing: readonly ImageRef[],
  outcomes: readonly (ImageOutcome | undefined)[],
): PartitionRows {
  const paths: string[] = [];
  const labels: string[] = [];
  const good: Float32Array[] = [];
  const quarantined: Quarantined[] = [];
  for (const [index, { path, label, bytes }] of listing.entries()) {
    const outcome = outcomes[index];
    if (outcome === undefined) throw new Error(`no outcome for image ${index}`);
    if (outcome.ok) {
      paths.push(path);
      labels.push(label);
      good.push(outcome.features);
    } else {
      const { code, said } = outcome;
      const environmental = isEnvironmental(code);
      const word = said?.storeCode === undefined ? {} : { storeCode: said.storeCode };
      quarantined.push({ path, label, code, reason: ERRORS[code].what, bytes, environmental, ...word });
    }
  }
  const features = new Float32Array(good.length * FEATURES);
  for (const [row, values] of good.entries()) features.set(values, row * FEATURES);
  return { paths, labels, features, quarantined };
}
