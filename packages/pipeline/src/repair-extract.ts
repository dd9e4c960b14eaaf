import {
  type Commit,
  type ImageErrorCode,
  type Quarantined,
  RUN_FILES,
  type StoredFile,
  VergerError,
} from '@verger/core';
import { withAttempts } from './attempts.ts';
import type { ImageOutcome, SealedPartition } from './child-protocol.ts';
import { extractImages, rowsOf } from './extract-images.ts';
import { readListing } from './read-listing.ts';
import { derivedFiles } from './repair-plan.ts';
import type { StageContext } from './stage-context.ts';

/** A partition whose features were committed and are lost. */
export interface LostFeatures {
  readonly partition: number;
  /** Its commit, when that is whole. */
  readonly commit: Commit | undefined;
  /** The features file as `_SUCCESS` names it. */
  readonly named: StoredFile | undefined;
}

/**
 * Extracts a partition again. Where that gives the committed bytes, they are put in place, and that is all. Where it gives the
 * committed rows in other bytes, the commit is made again. Otherwise everything that was made from the old rows goes, in order,
 * before the new ones are stored. Errors: E_RUN_DAMAGED when images are not there as they were listed; what extracting throws.
 */
export async function extractAgain(ctx: StageContext, lost: LostFeatures): Promise<void> {
  const { run, layout } = ctx;
  const { partition, commit } = lost;
  const sealed = await sealAgain(ctx, partition);
  checkNoneLost(ctx, lost, sealed.quarantined);
  const features = sealed.features as Uint8Array;
  const committed = commit?.features.sha256 ?? lost.named?.sha256;
  const isSame = committed === sealed.featuresFile.sha256;
  if (!isSame) {
    const sameRows = commit?.rowsDigest === sealed.rowsDigest;
    const gone = sameRows ? [RUN_FILES.success, RUN_FILES.report] : derivedFiles(run.manifest);
    for (const file of gone) await run.store.remove(file);
  } else if (commit === undefined) {
    for (const file of [RUN_FILES.success, RUN_FILES.report]) await run.store.remove(file);
  }
  if (!isSame || commit === undefined) await run.store.remove(layout.commit(partition));
  if (!isSame) {
    await run.store.remove(layout.sums(partition));
    await run.store.remove(layout.features(partition));
  }
  // Atomic, so of a file that is damaged there is the old or the new one at any time.
  await run.store.replace(layout.features(partition), features);
  await run.store.replace(layout.sums(partition), sealed.sums);
}

async function sealAgain(ctx: StageContext, partition: number): Promise<SealedPartition> {
  const listing = await readListing(ctx.run, partition);
  const outcomes: (ImageOutcome | undefined)[] = [];
  return await withAttempts(ctx, { stage: 'extract', partition }, async ({ last }) => {
    const timings = { readMs: 0, decodeMs: 0, inferenceMs: 0, encodeMs: 0, wallMs: 0 };
    await extractImages(ctx, { partition, listing, last, outcomes, timings });
    return await ctx.children.call('seal', { rows: rowsOf(listing, outcomes) }, { signal: ctx.signal });
  });
}

/** Codes that say that the image which was listed is not to be had any more. */
const LOST: readonly ImageErrorCode[] = ['E_IMG_MISSING', 'E_IMG_CHANGED', 'E_IMG_FORBIDDEN', 'E_IMG_READ'];

/** Rows that cannot be had again must not be given up for a repair: what was made from them is still there. */
function checkNoneLost(
  { run, layout }: StageContext,
  { partition, commit }: LostFeatures,
  quarantined: readonly Quarantined[],
): void {
  const lost = quarantined.filter(({ code }) => LOST.includes(code));
  const before = LOST.reduce((total, code) => total + (commit?.quarantined[code] ?? 0), 0);
  if (lost.length <= before) return;
  const path = lost[0]?.path ?? '';
  const location = `${run.store.describe()}/${layout.features(partition)}`;
  const images = lost.length === 1 ? '1 image is' : `${lost.length} images are`;
  const detail = `To extract it again, ${images} not there as listed (${lost[0]?.code}). Restore the images, with their times.`;
  throw new VergerError('E_RUN_DAMAGED', { path, partition, location }, { detail });
}
