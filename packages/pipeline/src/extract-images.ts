import {
  ERRORS,
  FEATURES,
  type ImageErrorCode,
  type ImageRef,
  isEnvironmental,
  MAX_IMAGE_BYTES,
  type Quarantined,
  type StageTimings,
  VergerError,
} from '@verger/core';
import { PoolError } from '@verger/pool';
import { forEachBounded } from './bounded.ts';
import type { ImageOutcome, PartitionRows } from './child-protocol.ts';
import { checkImagesRoot, readImage } from './read-image.ts';
import { IMAGES_AHEAD, type StageContext } from './stage-context.ts';

/** One try at the images of a partition. */
export interface ImagesWork {
  readonly partition: number;
  readonly listing: readonly ImageRef[];
  /** Only the last attempt may put an image in quarantine because of its surroundings. */
  readonly last: boolean;
  /** Outcomes that an earlier attempt in this process already has, by place in the partition. Filled further here. */
  readonly outcomes: (ImageOutcome | undefined)[];
  /** Read, decode and inference times are added here. */
  readonly timings: StageTimings;
}

const POOL_CODES = {
  crash: 'E_IMG_CRASH',
  cpu: 'E_IMG_TIMEOUT',
  wall: 'E_IMG_TIMEOUT',
  memory: 'E_IMG_MEMORY',
} as const satisfies Record<PoolError['reason'], ImageErrorCode>;

/**
 * Fills `outcomes`. Images whose surroundings failed are tried once more alone; then they fail the attempt, or are given up by the
 * last. Where the surroundings as a whole are at fault no image is blamed, not by the last attempt either. Errors: an environmental
 * code with the first such path; E_INPUT_MISSING when the images' root is gone; E_INPUT_UNREADABLE when most may not be read.
 */
export async function extractImages(ctx: StageContext, work: ImagesWork): Promise<void> {
  const { listing, outcomes } = work;
  const unsettled = await tryTogether(ctx, work);
  if (unsettled.size === 0) return;
  await checkImagesRoot(ctx.run.images);
  checkPermitted(ctx, work, unsettled);
  const settledNow: [number, ImageOutcome][] = [];
  let failed: { code: ImageErrorCode; path: string } | undefined;
  for (const index of [...unsettled.keys()].sort((a, b) => a - b)) {
    const image = listing[index] as ImageRef;
    const outcome = await extractImage(ctx, image, { timings: work.timings, alone: true });
    if (outcome.ok || !isEnvironmental(outcome.code) || work.last) settledNow.push([index, outcome]);
    else failed ??= { code: outcome.code, path: image.path };
  }
  // Once more: the root may have gone while they were tried.
  await checkImagesRoot(ctx.run.images);
  for (const [index, outcome] of settledNow) settle(ctx, outcomes, { index, outcome });
  if (failed !== undefined) {
    throw new VergerError(failed.code, { path: failed.path, partition: work.partition });
  }
}

/** All images without an outcome, many at once. Gives those whose surroundings failed, by place in the partition. */
async function tryTogether(ctx: StageContext, work: ImagesWork): Promise<Map<number, ImageErrorCode>> {
  const { listing, outcomes, timings } = work;
  const todo = listing.map((_, index) => index).filter((index) => outcomes[index] === undefined);
  const unsettled = new Map<number, ImageErrorCode>();
  const endTurn = await ctx.turn.take(1);
  try {
    await forEachBounded(todo, ctx.children.processes * IMAGES_AHEAD, async (index) => {
      if (index === todo.at(-1)) endTurn();
      const outcome = await extractImage(ctx, listing[index] as ImageRef, { timings, alone: false });
      if (!outcome.ok && isEnvironmental(outcome.code)) unsettled.set(index, outcome.code);
      else settle(ctx, outcomes, { index, outcome });
    });
  } finally {
    endTurn();
  }
  return unsettled;
}

/** One image that may not be read is its own; most of a partition are the reader's credentials. */
function checkPermitted(
  ctx: StageContext,
  { listing, partition, last }: ImagesWork,
  unsettled: ReadonlyMap<number, ImageErrorCode>,
): void {
  const forbidden = [...unsettled].filter(([, code]) => code === 'E_IMG_FORBIDDEN').map(([index]) => index);
  if (forbidden.length < 2 || forbidden.length * 2 <= listing.length) return;
  const detail = `${forbidden.length} of the ${listing.length} images of the partition may not be read.`;
  if (last) {
    const location = ctx.run.images.describe();
    throw new VergerError('E_INPUT_UNREADABLE', { partition, location }, { detail });
  }
  const path = listing[Math.min(...forbidden)]?.path ?? '';
  throw new VergerError('E_IMG_FORBIDDEN', { path, partition }, { detail });
}

function settle(
  ctx: StageContext,
  outcomes: (ImageOutcome | undefined)[],
  { index, outcome }: { index: number; outcome: ImageOutcome },
): void {
  outcomes[index] = outcome;
  ctx.emit({ type: 'images:done', extracted: outcome.ok ? 1 : 0, quarantined: outcome.ok ? 0 : 1 });
}

async function extractImage(
  ctx: StageContext,
  image: ImageRef,
  { timings, alone }: { timings: StageTimings; alone: boolean },
): Promise<ImageOutcome> {
  ctx.signal.throwIfAborted();
  // What is too large is not read, so it takes nothing.
  const giveBack = await ctx.imageBytes.take(image.bytes > MAX_IMAGE_BYTES ? 0 : image.bytes);
  try {
    const reading = ctx.clock.monotonicMs();
    const read = await readImage(ctx.run.images, image, ctx.signal);
    timings.readMs += ctx.clock.monotonicMs() - reading;
    if (!read.ok) return read;
    const outcome = await ctx.children.call('image', { bytes: read.bytes }, { alone, signal: ctx.signal });
    if (outcome.ok) {
      timings.decodeMs += outcome.decodeMs;
      timings.inferenceMs += outcome.inferenceMs;
    }
    return outcome;
  } catch (error) {
    if (error instanceof PoolError) return { ok: false, code: POOL_CODES[error.reason] };
    throw error;
  } finally {
    giveBack();
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
      const { code } = outcome;
      const environmental = isEnvironmental(code);
      quarantined.push({ path, label, code, reason: ERRORS[code].what, bytes, environmental });
    }
  }
  const features = new Float32Array(good.length * FEATURES);
  for (const [row, values] of good.entries()) features.set(values, row * FEATURES);
  return { paths, labels, features, quarantined };
}
