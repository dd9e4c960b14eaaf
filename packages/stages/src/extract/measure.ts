import type { ImageRef, Run } from '@verger/core';
import { type StageServices, stageContext } from '../context.ts';
import { extractImages, newPartition, rowsOf } from './extract-images.ts';

/** What a sample of images took, and what its files would be. */
export interface Measured {
  readonly images: number;
  readonly extracted: number;
  /** Wall time an image, all children at work: reading, decoding, inference. */
  readonly extractMs: number;
  /** Time an image of one child: Parquet, digests, sums. */
  readonly sealMs: number;
  /** Time an image of one child, in its two steps. */
  readonly decodeMs: number;
  readonly inferenceMs: number;
  /** Bytes of the features file an image with features; 0 when none has any. */
  readonly featuresBytes: number;
  /** Bytes of a sums file: the same for a partition of any size. */
  readonly sumsBytes: number;
}

/**
 * Extracts `sample` after `warmUp` with real children, as a partition, and writes nothing. Images that give
 * no features are counted as `run` would count them at its last attempt. Errors: those of `extractImages`;
 * the signal's reason.
 */
export async function measureExtract(
  services: StageServices,
  { run, signal }: { run: Run; signal: AbortSignal },
  { sample, warmUp }: { sample: readonly ImageRef[]; warmUp: readonly ImageRef[] },
): Promise<Measured> {
  const ctx = stageContext(services, { run, signal, emit: () => {} });
  const extract = async (listing: readonly ImageRef[]) => {
    const work = { ...newPartition(), partition: 0, listing, last: true };
    await extractImages(ctx, work);
    return work;
  };
  if (warmUp.length > 0) await extract(warmUp);
  const started = services.clock.monotonicMs();
  const { outcomes, timings } = await extract(sample);
  const rows = rowsOf(sample, outcomes);
  const extracted = services.clock.monotonicMs();
  const encoded = await services.children.call('encode', { rows });
  const ended = services.clock.monotonicMs();
  const good = rows.paths.length;
  return {
    images: sample.length,
    extracted: good,
    extractMs: (extracted - started) / sample.length,
    sealMs: (ended - extracted) / sample.length,
    decodeMs: timings.decodeMs / sample.length,
    inferenceMs: timings.inferenceMs / sample.length,
    featuresBytes: good === 0 ? 0 : encoded.featuresFile.bytes / good,
    sumsBytes: encoded.sumsFile.bytes,
  };
}
