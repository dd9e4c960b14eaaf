import {
  Budget,
  type DecodeLimits,
  forEachBounded,
  type ImageErrorCode,
  type ImageRef,
  MAX_IMAGE_BYTES,
  type Storage,
} from '@verger/core';
import { readImage } from '@verger/listing';
import { PoolError } from '@verger/pool';
import type { MeasuredImage } from '../child/protocol.ts';
import type { Children } from '../children/children.ts';
import { batchesAhead, IMAGE_BYTES_AHEAD } from '../context.ts';
import { cutBatches, POOL_CODES } from '../extract/extract-images.ts';

/** Where the images of a sample are read and measured. */
export interface MeasureContext {
  /** Children that calibrate. */
  readonly children: Children;
  readonly images: Storage;
  /** What the run opens beyond the defaults. */
  readonly limits: DecodeLimits | undefined;
  readonly signal: AbortSignal;
}

/** What the float32 network gave of one image, or why it gave nothing. */
export type Measurement = MeasuredImage | ImageErrorCode;

/**
 * Reads images and measures them, in the order of `refs`: bounded in number and bytes. One that cannot be
 * read or decoded, or that ends its child, is a code. Errors: those of `readImage` and of children. Cost:
 * 9 ms per image and core.
 */
export async function measureImages(ctx: MeasureContext, refs: readonly ImageRef[]): Promise<Measurement[]> {
  const measured = new Array<Measurement>(refs.length);
  const budget = new Budget(IMAGE_BYTES_AHEAD);
  const width = ctx.children.processes * batchesAhead(ctx.images);
  await forEachBounded(
    cutBatches(refs, () => true),
    width,
    async (batch) => {
      ctx.signal.throwIfAborted();
      const images = batch.map((index) => refs[index] as ImageRef);
      const bytes = images.reduce((sum, image) => sum + (image.bytes > MAX_IMAGE_BYTES ? 0 : image.bytes), 0);
      const giveBack = await budget.take(bytes);
      try {
        for (const [at, one] of (await measureBatch(ctx, images)).entries())
          measured[batch[at] as number] = one;
      } finally {
        giveBack();
      }
    },
  );
  return measured;
}

async function measureBatch(ctx: MeasureContext, batch: readonly ImageRef[]): Promise<Measurement[]> {
  const reads = await Promise.all(batch.map((image) => readImage(ctx.images, image, ctx.signal)));
  const good = reads.flatMap((read) => (read.ok ? [read.bytes] : []));
  const measured = (await measure(ctx, good)).values();
  return reads.map((read) => (read.ok ? (measured.next().value as Measurement) : read.code));
}

/** Images that are read; after the death of a child each by itself, so that only the one at fault is lost. */
async function measure(ctx: MeasureContext, images: readonly Uint8Array[]): Promise<readonly Measurement[]> {
  if (images.length === 0) return [];
  const { children, limits, signal } = ctx;
  const alone = images.length === 1;
  try {
    return await children.call('measure', { images, limits }, { alone, signal });
  } catch (error) {
    if (!(error instanceof PoolError)) throw error;
    if (alone) return [POOL_CODES[error.reason]];
    const each: Measurement[] = [];
    for (const image of images) each.push(...(await measure(ctx, [image])));
    return each;
  }
}
