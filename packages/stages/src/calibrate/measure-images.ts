import {
  Budget,
  type DecodeLimits,
  forEachBounded,
  type ImageErrorCode,
  type ImageRef,
  isEnvironmental,
  MAX_IMAGE_BYTES,
  type Storage,
  VergerError,
} from '@verger/core';
import { checkImagesRoot, readImage, type Said } from '@verger/listing';
import { PoolError } from '@verger/pool';
import type { MeasuredImage } from '../child/protocol.ts';
import type { Children } from '../children/children.ts';
import { batchesAhead, IMAGE_BYTES_AHEAD } from '../context.ts';
import { cutBatches, POOL_CODES } from '../extract/extract-images.ts';
import { backOffMs, MAX_ATTEMPTS, pause } from '../retry-policy.ts';

/** Where the images of a sample are read and measured. */
export interface MeasureContext {
  /** Children that calibrate. */
  readonly children: Pick<Children, 'processes' | 'call'>;
  readonly images: Storage;
  /** What the run opens beyond the defaults. */
  readonly limits: DecodeLimits | undefined;
  readonly signal: AbortSignal;
  /** Waits between attempts. Default: a timer. */
  readonly pause?: typeof pause | undefined;
}

/** What the float32 network gave of one image, or why it gave nothing. */
export type Measurement = MeasuredImage | ImageErrorCode;

/** Why an image gave nothing, with what its store said. */
interface Bad {
  readonly code: ImageErrorCode;
  readonly said?: Said | undefined;
}

/** Codes of what may pass: tried again, because another sample would be another calibration. */
const PASSING: readonly ImageErrorCode[] = ['E_IMG_READ', ...Object.values(POOL_CODES)];

/**
 * Reads images and measures them, in the order of `refs`: bounded in number and bytes. What fails for its
 * surroundings is tried again as extraction does: up to MAX_ATTEMPTS times, alone. Gives the code of an image
 * that has no features then either: one bad image does not stop a run. Errors: E_INPUT_UNREADABLE or an
 * E_S3_… when most cannot be read; E_INPUT_MISSING; those of `readImage` and of children. Cost: 9 ms per
 * image and core.
 */
export async function measureImages(ctx: MeasureContext, refs: readonly ImageRef[]): Promise<Measurement[]> {
  const measured = new Array<Measurement>(refs.length);
  let pending = await measureTogether(ctx, refs, measured);
  for (let attempt = 1; pending.size > 0; attempt += 1) {
    await checkImagesRoot(ctx.images, ctx.signal);
    const error = unreadable(ctx, refs, pending);
    if (error === undefined) break;
    if (attempt === MAX_ATTEMPTS) throw error;
    await (ctx.pause ?? pause)(backOffMs('E_IMG_READ', attempt), ctx.signal);
    pending = await measureTogether(ctx, refs, measured);
  }
  for (const at of [...pending.keys()].sort((a, b) => a - b))
    measured[at] = await measureAlone(ctx, refs[at] as ImageRef);
  return measured;
}

/** Measures all that have no measurement, many at once. Gives those whose surroundings failed, by place. */
async function measureTogether(
  ctx: MeasureContext,
  refs: readonly ImageRef[],
  measured: Measurement[],
): Promise<Map<number, Bad>> {
  const pending = new Map<number, Bad>();
  const budget = new Budget(IMAGE_BYTES_AHEAD);
  const width = ctx.children.processes * batchesAhead(ctx.images);
  const batches = cutBatches(refs, (at) => measured[at] === undefined);
  await forEachBounded(batches, width, async (batch) => {
    ctx.signal.throwIfAborted();
    const images = batch.map((index) => refs[index] as ImageRef);
    const bytes = images.reduce((sum, image) => sum + (image.bytes > MAX_IMAGE_BYTES ? 0 : image.bytes), 0);
    const giveBack = await budget.take(bytes);
    try {
      for (const [at, one] of (await measureBatch(ctx, images, false)).entries()) {
        const index = batch[at] as number;
        if ('features' in one) measured[index] = one;
        else if (isEnvironmental(one.code)) pending.set(index, one);
        else measured[index] = one.code;
      }
    } finally {
      giveBack();
    }
  });
  return pending;
}

/** One image whose surroundings failed. */
async function measureAlone(ctx: MeasureContext, image: ImageRef): Promise<Measurement> {
  for (let attempt = 1; ; attempt += 1) {
    const [one] = await measureBatch(ctx, [image], true);
    if (one === undefined)
      throw new VergerError('E_INTERNAL', {}, { detail: 'A child gave no measurement.' });
    if ('features' in one) return one;
    const { code } = one;
    if (attempt === MAX_ATTEMPTS || !PASSING.includes(code)) return code;
    await (ctx.pause ?? pause)(backOffMs(code, attempt), ctx.signal);
  }
}

/** The error where most images, or all, cannot be read: credentials, the store, or the disk. */
function unreadable(
  { images }: MeasureContext,
  refs: readonly ImageRef[],
  pending: ReadonlyMap<number, Bad>,
): VergerError | undefined {
  const unread = [...pending].flatMap(([at, { said }]) => (said === undefined ? [] : [{ at, said }]));
  unread.sort((a, b) => a.at - b.at);
  const [first] = unread;
  if (first === undefined || (unread.length < 2 && refs.length > 1) || unread.length * 2 <= refs.length)
    return undefined;
  const detail = `${unread.length} of ${refs.length} images of the sample cannot be read. ${first.said.sentence}`;
  const place = { path: refs[first.at]?.path ?? '', location: images.describe() };
  return new VergerError(first.said.ifMost, place, { detail });
}

async function measureBatch(
  ctx: MeasureContext,
  batch: readonly ImageRef[],
  alone: boolean,
): Promise<(MeasuredImage | Bad)[]> {
  const reads = await Promise.all(batch.map((image) => readImage(ctx.images, image, ctx.signal)));
  const good = reads.flatMap((read) => (read.ok ? [read.bytes] : []));
  const measured = (await measure(ctx, good, alone)).values();
  return reads.map((read) => (read.ok ? (measured.next().value as MeasuredImage | Bad) : read));
}

/** All of a batch takes the blame for a child's death: each is then tried alone. */
async function measure(
  { children, limits, signal }: MeasureContext,
  images: readonly Uint8Array[],
  alone: boolean,
): Promise<readonly (MeasuredImage | Bad)[]> {
  if (images.length === 0) return [];
  try {
    const answers = await children.call('measure', { images, limits }, { alone, signal });
    return answers.map((one) => (typeof one === 'string' ? { code: one } : one));
  } catch (error) {
    if (!(error instanceof PoolError)) throw error;
    return images.map(() => ({ code: POOL_CODES[error.reason] }));
  }
}
