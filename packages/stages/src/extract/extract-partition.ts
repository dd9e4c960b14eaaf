import { type ImageRef, withPlace } from '@verger/core';
import {
  type CommitParts,
  commitPartition,
  readCommit,
  readFile,
  readListing,
  requireFile,
} from '@verger/run';
import type { EncodedPartition, ImageOutcome } from '../child/protocol.ts';
import type { StageContext } from '../context.ts';
import type { PartitionSums } from '../reduce/running-total.ts';
import { reuseImages, takePartition } from '../reuse/reuse.ts';
import { extractImages, type ImagesWork, rowsOf } from './extract-images.ts';
import { imagesDone, restDone } from './images-done.ts';

/** One try of a partition. */
export interface ExtractAttempt extends Omit<ImagesWork, 'listing'> {
  /** Counted from 1 within the epoch. */
  readonly attempt: number;
}

/**
 * Extracts one partition and commits it: features, then sums, then the commit. A stored features file is
 * adopted after it was checked; else what another run has of it is reused, where one was named. Does nothing
 * when the commit exists. Gives the sums when this attempt created the commit. Errors: an environmental image
 * code before the last attempt; E_PART_CORRUPT.
 */
export async function extractPartition(
  ctx: StageContext,
  attempt: ExtractAttempt,
): Promise<PartitionSums | undefined> {
  const { run, layout } = ctx;
  const { partition, outcomes, timings, startedMs } = attempt;
  const committed = await readCommit(run, partition);
  if (committed !== undefined) {
    countRest(ctx, outcomes, { ...committed, found: true });
    return undefined;
  }

  const listing = await readListing(run, partition);
  let stored = await readFile(run.store, layout.features(partition));
  const found = stored !== undefined;
  let parts: CommitParts | undefined;
  let reused = 0;
  if (stored === undefined) {
    parts = await takePartition(ctx, partition);
    reused = parts?.extracted ?? 0;
    if (parts === undefined) {
      parts = partsOf(await extractRows(ctx, attempt, listing));
      reused = outcomes.filter((outcome) => outcome?.ok === true && outcome.reused === true).length;
    }
    const outcome = await run.store.create(layout.features(partition), parts.features as Uint8Array);
    // A lost race: the first writer's rows count, and ours are dropped.
    if (outcome === 'exists') stored = await requireFile(run.store, layout.features(partition));
  }
  if (stored !== undefined) {
    parts = partsOf(await adopt(ctx, { partition, features: stored, listing }));
    reused = ctx.reuse?.source.whole === true ? parts.extracted : 0;
  }
  const result = parts as CommitParts;
  countRest(ctx, outcomes, { ...result, found });
  timings.wallMs = ctx.clock.monotonicMs() - startedMs;
  const outcome = await commitPartition(ctx, attempt, {
    parts: result,
    listed: listing.length,
    reused,
    timings,
  });
  const { sums, sumsFile } = result;
  return outcome === 'created' ? { partition, sums, sha256: sumsFile.sha256 } : undefined;
}

/** An encoded partition as its commit describes it: its quarantine only counted. */
function partsOf(encoded: EncodedPartition): CommitParts {
  const quarantined: Partial<CommitParts['quarantined']> = {};
  for (const { code } of encoded.quarantined) quarantined[code] = (quarantined[code] ?? 0) + 1;
  return { ...encoded, quarantined };
}

/** The rows of a partition: those of another run where they may be reused, the others extracted. */
async function extractRows(
  ctx: StageContext,
  attempt: ExtractAttempt,
  listing: readonly ImageRef[],
): Promise<EncodedPartition> {
  const { outcomes, timings } = attempt;
  await reuseImages(ctx, { listing, outcomes });
  await extractImages(ctx, { ...attempt, listing });
  const encoding = ctx.clock.monotonicMs();
  const encoded = await ctx.children.call('encode', { rows: rowsOf(listing, outcomes) });
  timings.encodeMs += ctx.clock.monotonicMs() - encoding;
  return encoded;
}

async function adopt(
  ctx: StageContext,
  { partition, features, listing }: { partition: number; features: Uint8Array; listing: readonly ImageRef[] },
): Promise<EncodedPartition> {
  ctx.logger.info({ partition }, 'reusing the features file of an earlier attempt');
  const file = { store: ctx.run.store, file: ctx.layout.features(partition), partition };
  return await withPlace(file, () => ctx.children.call('adopt', { features, listing }));
}

/** Emits the images that no attempt in this process has counted yet: outcomes are counted as they come. */
function countRest(
  ctx: StageContext,
  outcomes: readonly (ImageOutcome | undefined)[],
  { extracted, quarantined, found }: Pick<CommitParts, 'extracted' | 'quarantined'> & { found: boolean },
): void {
  const told = imagesDone(outcomes.filter((outcome) => outcome !== undefined));
  const rest = restDone({ extracted, codes: quarantined }, told);
  if (rest.extracted === 0 && rest.quarantined === 0) return;
  ctx.emit({ ...rest, ...(found ? { found: true } : {}) });
}
