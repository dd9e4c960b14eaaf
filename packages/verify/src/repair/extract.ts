import {
  type Commit,
  fileError,
  isEnvironmental,
  type Quarantined,
  quarantinedSchema,
  RUN_FILES,
  type StoredFile,
  VergerError,
} from '@verger/core';
import { newestEpoch, readFile, readListing, sha256Async } from '@verger/run';
import {
  type EncodedPartition,
  extractImages,
  newPartition,
  reuseImages,
  rowsOf,
  type StageContext,
  takePartition,
  withAttempts,
} from '@verger/stages';
import { damagedMetadata } from '@verger/tables';
import type { Examination } from '../examine.ts';
import { derivedFiles } from './plan.ts';

/**
 * Whoever opened an epoch since has the run now. Cost: one listing of epochs. Errors: E_RUN_REOPENED; the
 * reason of an abort.
 */
export async function checkOwn({ run, signal }: StageContext): Promise<void> {
  signal.throwIfAborted();
  if ((await newestEpoch(run.store)) === run.epoch) return;
  throw new VergerError('E_RUN_REOPENED', { location: run.store.describe() });
}

/**
 * Extracts a partition again, or takes it from the run that the context's may take features from, where that
 * has the committed bytes. Where that gives the committed bytes, they are put in place, and that is all.
 * Where it gives the committed rows in other bytes, the commit is made again. Otherwise everything that was
 * made from the old rows goes, in order, before the new ones are stored. Errors: E_RUN_REOPENED when another
 * submission took over; E_RUN_DAMAGED when images are not there as they were listed; what extracting throws.
 */
export async function extractAgain(
  ctx: StageContext,
  { parts, success }: Pick<Examination, 'parts' | 'success'>,
  partition: number,
): Promise<void> {
  const { manifest, store } = ctx.run;
  const { commit, examined } = parts[partition] ?? {};
  const [features, sums] = [ctx.layout.features(partition), ctx.layout.sums(partition)];
  const committed = commit?.features.sha256 ?? success?.files[features]?.sha256;
  // The file agrees with its records, and not with the images: a run that it was taken from has the same, so
  // only images help.
  const byImages = examined !== undefined;
  const taken = byImages ? undefined : await takePartition(ctx, partition);
  const isTaken = committed === undefined || taken?.featuresFile.sha256 === committed;
  const lost = { partition, commit, committed, byImages, quarantine: success?.files[RUN_FILES.quarantine] };
  const encoded = (isTaken ? taken : undefined) ?? (await encodeAgain(ctx, lost));
  const isSame = committed === encoded.featuresFile.sha256;
  const sameRows = isSame || commit?.rowsDigest === encoded.rowsDigest;
  // Extracting took its time: whoever opened an epoch since may have committed here.
  await checkOwn(ctx);
  const gone = isSame && commit !== undefined ? [] : [ctx.layout.commit(partition)];
  const { success: mark, htmlReport, timeline, report } = RUN_FILES;
  if (gone.length > 0)
    gone.unshift(...(sameRows ? [mark, htmlReport, timeline, report] : derivedFiles(manifest)));
  if (!isSame) gone.push(sums, features);
  for (const file of gone) await store.remove(file);
  if (isSame) {
    // Atomic, so of a file that is damaged there is the old or the new one at any time.
    await store.replace(features, encoded.features as Uint8Array);
    await store.replace(sums, encoded.sums);
  } else {
    // What another submission put there stays. The stages adopt either, and make sums and commit of it.
    await store.create(features, encoded.features as Uint8Array);
  }
}

/** A partition whose features were committed and are lost. */
interface LostFeatures {
  readonly partition: number;
  /** Its commit, when that is whole. */
  readonly commit: Commit | undefined;
  /** sha256 of the features that were committed, where something still says it. */
  readonly committed: string | undefined;
  /** Another run does not help. */
  readonly byImages: boolean;
  /** `quarantine.jsonl` as `_SUCCESS` names it. */
  readonly quarantine: StoredFile | undefined;
}

/**
 * From the images. Errors: E_RUN_DAMAGED where other rows come out because images are not there as they were.
 */
async function encodeAgain(ctx: StageContext, lost: LostFeatures): Promise<EncodedPartition> {
  const { partition, commit, committed, byImages } = lost;
  const listing = await readListing(ctx.run, partition);
  const progress = newPartition();
  const { outcomes } = progress;
  const encoded = await withAttempts(ctx, { stage: 'extract', partition }, async ({ last }) => {
    if (!byImages) await reuseImages(ctx, { listing, outcomes });
    await extractImages(ctx, { ...progress, partition, listing, last });
    return await ctx.children.call('encode', { rows: rowsOf(listing, outcomes) }, { signal: ctx.signal });
  });
  const isCommitted = encoded.featuresFile.sha256 === committed || encoded.rowsDigest === commit?.rowsDigest;
  if (!isCommitted) await checkNoneLost(ctx, lost, encoded.quarantined);
  return encoded;
}

/**
 * Rows that cannot be had again must not be given up for a repair: what was made from them is still there.
 */
async function checkNoneLost(
  ctx: StageContext,
  lost: LostFeatures,
  quarantined: readonly Quarantined[],
): Promise<void> {
  const { run, layout } = ctx;
  const environmental = quarantined.filter(({ code }) => isEnvironmental(code));
  const { partition, commit } = lost;
  const bad = await badBefore(ctx, lost);
  const unread = environmental.filter(({ path }) => bad?.has(path) !== true);
  // Where only counts are known, as many as were bad before may be the same ones.
  const codes = Object.entries(commit?.quarantined ?? {}) as [Quarantined['code'], number][];
  const before = codes.reduce((total, [code, count]) => total + (isEnvironmental(code) ? count : 0), 0);
  const [first] = unread;
  if (first === undefined || unread.length <= (bad === undefined ? before : 0)) return;
  const file = { store: run.store, file: layout.features(partition), partition, path: first.path };
  const images = unread.length === 1 ? '1 image' : `${unread.length} images`;
  const cause = `${images} can no longer be read as listed (${first.code})`;
  const detail = `It cannot be extracted again: ${cause}. Restore the images, with their times.`;
  throw fileError('E_RUN_DAMAGED', file, detail);
}

/**
 * Paths of the images that had no features when they were committed; undefined where only their counts are
 * known.
 */
async function badBefore(
  { run, layout }: StageContext,
  { partition, commit, quarantine }: LostFeatures,
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
