import {
  type Commit,
  type ImageErrorCode,
  isEnvironmental,
  type Quarantined,
  quarantinedSchema,
  RUN_FILES,
  type StoredFile,
  VergerError,
} from '@verger/core';
import { type CommitParts, newestEpoch, readFile, readListing, sha256Async } from '@verger/run';
import {
  type EncodedPartition,
  extractImages,
  type ImageOutcome,
  reuseImages,
  rowsOf,
  type StageContext,
  takePartition,
  withAttempts,
} from '@verger/stages';
import { damagedMetadata } from '@verger/tables';
import { derivedFiles } from './plan.ts';

/** Whoever opened an epoch since has the run now. Cost: one listing of epochs. Errors: E_RUN_REOPENED; the reason of an abort. */
export async function checkOwn({ run, signal }: StageContext): Promise<void> {
  signal.throwIfAborted();
  if ((await newestEpoch(run.store)) === run.epoch) return;
  throw new VergerError('E_RUN_REOPENED', { location: run.store.describe() });
}

/** A partition whose features were committed and are lost. */
export interface LostFeatures {
  readonly partition: number;
  /** Its commit, when that is whole. */
  readonly commit: Commit | undefined;
  /** The features file as `_SUCCESS` names it. */
  readonly named: StoredFile | undefined;
  /** `quarantine.jsonl` as `_SUCCESS` names it. */
  readonly quarantine: StoredFile | undefined;
  /** The file agrees with its records, and not with the images: a run that it was taken from has the same, so only images help. */
  readonly byImages: boolean;
}

/**
 * Extracts a partition again, or takes it from the run that the context's may take features from, where that has the committed
 * bytes. Where that gives the committed bytes, they are put in place, and that is all. Where it gives the committed rows in other bytes,
 * the commit is made again. Otherwise everything that was made from the old rows goes, in order, before the new ones are stored.
 * Errors: E_RUN_REOPENED when another submission took over; E_RUN_DAMAGED when images are not there as they were listed; what
 * extracting throws.
 */
export async function extractAgain(ctx: StageContext, lost: LostFeatures): Promise<void> {
  const { run, layout } = ctx;
  const { partition, commit } = lost;
  const committed = commit?.features.sha256 ?? lost.named?.sha256;
  const taken = await takeAgain(ctx, lost, committed);
  const encoded = taken ?? (await encodeAgain(ctx, lost, committed));
  const features = encoded.features as Uint8Array;
  const isSame = committed === encoded.featuresFile.sha256;
  const sameRows = commit?.rowsDigest === encoded.rowsDigest;
  // Extracting took its time: whoever opened an epoch since may have committed here.
  await checkOwn(ctx);
  if (!isSame) {
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
  if (!isSame) {
    // What another submission put there stands. The stages adopt either, and make sums and commit of it.
    await run.store.create(layout.features(partition), features);
    return;
  }
  // Atomic, so of a file that is damaged there is the old or the new one at any time.
  await run.store.replace(layout.features(partition), features);
  await run.store.replace(layout.sums(partition), encoded.sums);
}

/** The partition as the source has it; undefined without one, and where it has other bytes than were committed here. */
async function takeAgain(
  ctx: StageContext,
  { partition, byImages }: LostFeatures,
  committed: string | undefined,
): Promise<CommitParts | undefined> {
  if (byImages) return undefined;
  const taken = await takePartition(ctx, partition);
  return committed === undefined || taken?.featuresFile.sha256 === committed ? taken : undefined;
}

/** From the images. Errors: E_RUN_DAMAGED where other rows come out because images are not there as they were. */
async function encodeAgain(
  ctx: StageContext,
  lost: LostFeatures,
  committed: string | undefined,
): Promise<EncodedPartition> {
  const { partition, commit, byImages } = lost;
  const listing = await readListing(ctx.run, partition);
  const outcomes: (ImageOutcome | undefined)[] = [];
  const lethalImages = new Map<number, ImageErrorCode>();
  const encoded = await withAttempts(ctx, { stage: 'extract', partition }, async ({ last }) => {
    if (!byImages) await reuseImages(ctx, { listing, outcomes });
    const timings = { readMs: 0, decodeMs: 0, inferenceMs: 0, encodeMs: 0, wallMs: 0 };
    await extractImages(ctx, { partition, listing, last, outcomes, lethalImages, timings });
    return await ctx.children.call('encode', { rows: rowsOf(listing, outcomes) }, { signal: ctx.signal });
  });
  const isCommitted = encoded.featuresFile.sha256 === committed || encoded.rowsDigest === commit?.rowsDigest;
  if (!isCommitted) await checkNoneLost(ctx, lost, encoded.quarantined);
  return encoded;
}

/** Rows that cannot be had again must not be given up for a repair: what was made from them is still there. */
async function checkNoneLost(
  ctx: StageContext,
  { partition, commit, quarantine }: LostFeatures,
  quarantined: readonly Quarantined[],
): Promise<void> {
  const { run, layout } = ctx;
  const environmental = quarantined.filter(({ code }) => isEnvironmental(code));
  const bad = await badBefore(ctx, { partition, commit, quarantine });
  const lost = environmental.filter(({ path }) => bad?.has(path) !== true);
  // Where only counts are known, as many as were bad before may be the same ones.
  const codes = Object.entries(commit?.quarantined ?? {}) as [Quarantined['code'], number][];
  const before = codes.reduce((total, [code, count]) => total + (isEnvironmental(code) ? count : 0), 0);
  if (lost.length <= (bad === undefined ? before : 0)) return;
  const path = lost[0]?.path ?? '';
  const location = `${run.store.describe()}/${layout.features(partition)}`;
  const images = lost.length === 1 ? '1 image' : `${lost.length} images`;
  const cause = `${images} can no longer be read as listed (${lost[0]?.code})`;
  const detail = `It cannot be extracted again: ${cause}. Restore the images, with their times.`;
  throw new VergerError('E_RUN_DAMAGED', { path, partition, location }, { detail });
}

/** Paths of the images that had no features when they were committed; undefined where only their counts are known. */
async function badBefore(
  { run, layout }: StageContext,
  { partition, commit, quarantine }: Pick<LostFeatures, 'partition' | 'commit' | 'quarantine'>,
): Promise<ReadonlySet<string> | undefined> {
  const stored = quarantine && (await readFile(run.store, RUN_FILES.quarantine));
  if (stored !== undefined && (await sha256Async(stored)) === quarantine?.sha256) {
    const lines = Buffer.from(stored).toString('utf8').split('\n').filter(Boolean);
    return new Set(lines.map((line) => quarantinedSchema.parse(JSON.parse(line)).path));
  }
  const damaged = await readFile(run.store, layout.features(partition));
  const metadata = damaged && damagedMetadata(damaged);
  if (metadata === undefined) return undefined;
  // The file is damaged: only what agrees with the listing and the commit is believed.
  const listed = new Set((await readListing(run, partition)).map(({ path }) => path));
  const paths = metadata.quarantined.map(({ path }) => path);
  const isOurs = commit === undefined || commit.rowsDigest === metadata.rowsDigest;
  const adds = commit === undefined || commit.listed - commit.extracted === paths.length;
  return isOurs && adds && paths.every((path) => listed.has(path)) ? new Set(paths) : undefined;
}
