import {
  type Commit,
  FEATURES,
  fileError,
  type ImageErrorCode,
  type ImageRef,
  isEnvironmental,
  type Manifest,
  type ReuseSource,
  runLayout,
  type StoredFile,
  takeableFrom,
  VergerError,
} from '@verger/core';
import { type CommitParts, readCommit, readListing, requireFile, sha256Async } from '@verger/run';
import type { ImageOutcome } from '../child/protocol.ts';
import type { StageContext } from '../context.ts';
import { imagesDone } from '../extract/images-done.ts';
import type { ReuseState } from './reuse-state.ts';

/**
 * A partition of the source run with the same listing part, whole: features and sums as they are stored
 * there, after their hashes were compared with its commit. Undefined where there is none, or none that may be
 * taken. Of a refit it must be there. Memory: both files. Errors, of a refit only: E_RUN_CORRUPT,
 * E_PART_CORRUPT, E_RUN_NO_MODEL naming the source.
 */
export async function takePartition(ctx: StageContext, partition: number): Promise<CommitParts | undefined> {
  const state = ctx.reuse;
  if (state === undefined) return undefined;
  if (state.source.whole) {
    return await readWhole(state.source, partition, await usableCommit(ctx, state, partition));
  }
  const takeable = takeableFrom(state.source.manifest.extraction, ctx.run.manifest.extraction);
  if (takeable === 'none') return undefined;
  const { sha256 } = ctx.run.manifest.partitions[partition] ?? { sha256: '' };
  const old = (await state.index()).same(sha256);
  if (old === undefined) return undefined;
  return await orRefuse(ctx, state, old, async () => {
    const commit = await usableCommit(ctx, state, old);
    // What was put in quarantine because of its surroundings is to be tried again.
    const isRetried = retriedOf(state.source, takeable);
    if (codesOf(commit).some(isRetried)) return undefined;
    return await readWhole(state.source, old, commit);
  });
}

/**
 * Fills `outcomes` with what the source run has of these images: the same path, bytes and version. Quarantine
 * from the bytes is taken, too; environmental one is tried again, and all of it where this run opens more
 * than the source did. A source partition that does not hold what its records say is reported and left.
 */
export async function reuseImages(
  ctx: StageContext,
  { listing, outcomes }: { listing: readonly ImageRef[]; outcomes: (ImageOutcome | undefined)[] },
): Promise<void> {
  const state = ctx.reuse;
  const [first, last] = [listing[0], listing.at(-1)];
  if (state === undefined || state.source.whole || first === undefined || last === undefined) return;
  if (takeableFrom(state.source.manifest.extraction, ctx.run.manifest.extraction) === 'none') return;
  const wanted = new Map<string, number>();
  for (const [index, { path, refused }] of listing.entries()) {
    if (refused === undefined && outcomes[index] === undefined) wanted.set(path, index);
  }
  for (const old of (await state.index()).overlapping(first.path, last.path)) {
    ctx.signal.throwIfAborted();
    const taken = await orRefuse(ctx, state, old, () => readRows(ctx, state, { old, listing, wanted }));
    if (taken === undefined || taken.length === 0) continue;
    for (const [index, outcome] of taken) outcomes[index] = outcome;
    ctx.emit(imagesDone(taken.map(([, outcome]) => outcome)));
  }
}

/** The images of one source partition that are wanted and unchanged. */
async function readRows(
  ctx: StageContext,
  state: ReuseState,
  { old, listing, wanted }: { old: number; listing: readonly ImageRef[]; wanted: Map<string, number> },
): Promise<[number, ImageOutcome][]> {
  const { source } = state;
  const takeable = takeableFrom(source.manifest.extraction, ctx.run.manifest.extraction);
  const isRetried = retriedOf(source, takeable);
  const commit = await usableCommit(ctx, state, old);
  const theirs = await readListing(source, old);
  const pairs = theirs.flatMap((image, place) => {
    const index = image.refused === undefined ? wanted.get(image.path) : undefined;
    return index !== undefined && isUnchanged(image, listing[index]) ? [{ place, index }] : [];
  });
  if (pairs.length === 0) return [];
  const features = await requireFile(source.store, runLayout(source.manifest.partDigits).features(old));
  const { rowsDigest } = commit;
  const request = { features, rowsDigest, listing: theirs, wanted: pairs.map(({ place }) => place) };
  const rows = await ctx.children.call('reuse', request, { signal: ctx.signal });
  let row = 0;
  return pairs.flatMap(({ index }, at): [number, ImageOutcome][] => {
    const code = rows.found[at] ?? null;
    if (code !== null) return isRetried(code) ? [] : [[index, { ok: false, code }]];
    const values = rows.features.subarray(row * FEATURES, (row + 1) * FEATURES);
    row += 1;
    return [[index, { ok: true, features: values, reused: true }]];
  });
}

const isUnchanged = (theirs: ImageRef, ours: ImageRef | undefined) =>
  theirs.path === ours?.path && theirs.bytes === ours.bytes && theirs.version === ours.version;

/**
 * Which codes of a source run say nothing of this run: all, where this one opens more; else those of
 * surroundings.
 */
const retriedOf =
  (source: ReuseSource, takeable: ReturnType<typeof takeableFrom>) => (code: ImageErrorCode) =>
    takeable === 'features' || isToTryAgain(source.manifest, code);

const codesOf = (commit: Commit) => Object.keys(commit.quarantined) as ImageErrorCode[];

/**
 * True for what another process may have no trouble with: surroundings, and links that a worker was not
 * allowed to follow.
 */
export function isToTryAgain({ extraction }: Pick<Manifest, 'extraction'>, code: ImageErrorCode): boolean {
  return isEnvironmental(code) || (code === 'E_IMG_OUTSIDE_ROOT' && extraction.followLinks === true);
}

/**
 * The commit of a source partition. Errors: E_RUN_NO_MODEL without one, E_NUMERIC_CLASS for one of another
 * class, E_RUN_CORRUPT.
 */
async function usableCommit(ctx: StageContext, { source, numericClass }: ReuseState, old: number) {
  const commit = await readCommit(source, old);
  const place = { partition: old, location: source.store.describe() };
  if (commit === undefined) throw new VergerError('E_RUN_NO_MODEL', place, { detail: 'It has no commit.' });
  if (!source.whole && commit.numericClass !== (await numericClass(ctx.children))) {
    throw new VergerError('E_NUMERIC_CLASS', place);
  }
  return commit;
}

/**
 * Features and sums of a source partition, after their hashes were compared with its commit. Errors:
 * E_PART_CORRUPT naming the file.
 */
export async function readWhole(source: ReuseSource, old: number, commit: Commit): Promise<CommitParts> {
  const layout = runLayout(source.manifest.partDigits);
  const { rowsDigest, extracted, quarantined, numericClass } = commit;
  const read = async (file: string, expected: StoredFile) => {
    const bytes = await requireFile(source.store, file);
    if (bytes.byteLength === expected.bytes && (await sha256Async(bytes)) === expected.sha256) return bytes;
    const place = { store: source.store, file, partition: old };
    throw fileError('E_PART_CORRUPT', place, 'Its sha256 does not match its commit.');
  };
  const [features, sums] = await Promise.all([
    read(layout.features(old), commit.features),
    read(layout.sums(old), commit.sums),
  ]);
  return {
    ...{ features, featuresFile: commit.features, sums, sumsFile: commit.sums },
    ...{ rowsDigest, extracted, quarantined, numericClass },
  };
}

/**
 * Undefined, and reported once, where the source partition cannot be taken: its images are extracted as if it
 * were not there.
 */
async function orRefuse<T>(
  ctx: StageContext,
  state: ReuseState,
  old: number,
  take: () => Promise<T>,
): Promise<T | undefined> {
  if (state.refused.has(old)) return undefined;
  try {
    return await take();
  } catch (error) {
    ctx.signal.throwIfAborted();
    if (!(error instanceof VergerError)) throw error;
    if (state.refused.has(old)) return undefined;
    state.refused.add(old);
    const reason = REASONS[error.code] ?? `${error.code}: ${error.message}`;
    ctx.logger.warn({ partition: old, code: error.code, location: error.place.location }, reason);
    ctx.emit({ type: 'reuse:refused', partition: old, reason });
    return undefined;
  }
}

/** Why a partition is not taken, where the code's own sentence is about something else. */
const REASONS: Readonly<Record<string, string>> = {
  E_RUN_NO_MODEL: 'not committed',
  E_NUMERIC_CLASS: 'of another numeric class',
};
