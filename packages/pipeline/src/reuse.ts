import {
  type Commit,
  FEATURES,
  type ImageErrorCode,
  type ImageRef,
  isEnvironmental,
  type ReuseSource,
  runLayout,
  VergerError,
} from '@verger/core';
import type { ImageOutcome, SealedPartition } from './child-protocol.ts';
import { type CommitParts, readCommit } from './commit.ts';
import { readListing } from './read-listing.ts';
import { requireFile, sha256Async } from './records.ts';
import type { ReuseState, SourcePartition } from './reuse-state.ts';
import type { StageContext } from './stage-context.ts';

/**
 * A partition of the source run with the same listing part, whole: features and sums as they are stored there, after their hashes were
 * compared with its commit. Undefined where there is none, or none that may be taken. Of a refit it must be there. Memory: both files.
 * Errors, of a refit only: E_RUN_CORRUPT, E_PART_CORRUPT, E_RUN_NO_MODEL naming the source.
 */
export async function takePartition(ctx: StageContext, partition: number): Promise<CommitParts | undefined> {
  const state = ctx.reuse;
  if (state === undefined) return undefined;
  if (state.source.whole) {
    return await readWhole(state.source, partition, await usableCommit(ctx, state, partition));
  }
  const { sha256 } = ctx.run.manifest.partitions[partition] ?? { sha256: '' };
  const old = (await state.index()).same(sha256);
  if (old === undefined) return undefined;
  return await orRefuse(ctx, state, old, async () => {
    const commit = await usableCommit(ctx, state, old);
    // What was put in quarantine because of its surroundings is to be tried again.
    if (codesOf(commit).some(isEnvironmental)) return undefined;
    return await readWhole(state.source, old, commit);
  });
}

/**
 * Fills `outcomes` with what the source run has of these images: the same path, bytes and version. Quarantine from the bytes is taken, too;
 * environmental one is tried again. A source partition that does not hold what its records say is told of and left.
 */
export async function reuseImages(
  ctx: StageContext,
  { listing, outcomes }: { listing: readonly ImageRef[]; outcomes: (ImageOutcome | undefined)[] },
): Promise<void> {
  const state = ctx.reuse;
  const [first, last] = [listing[0], listing.at(-1)];
  if (state === undefined || state.source.whole || first === undefined || last === undefined) return;
  const wanted = new Map<string, number>();
  for (const [index, { path, refused }] of listing.entries()) {
    if (refused === undefined && outcomes[index] === undefined) wanted.set(path, index);
  }
  for (const old of (await state.index()).overlapping(first.path, last.path)) {
    ctx.signal.throwIfAborted();
    const partition = await orRefuse(ctx, state, old, () =>
      state.partition(old, ctx.children.processes, () => readSource(ctx, state, old)),
    );
    const taken = partition === undefined ? [] : unchangedOf(partition, { listing, wanted });
    if (taken.length === 0) continue;
    let extracted = 0;
    for (const [index, outcome] of taken) {
      outcomes[index] = outcome;
      if (outcome.ok) extracted += 1;
    }
    ctx.emit({ type: 'images:done', extracted, quarantined: taken.length - extracted });
  }
}

/** A partition of the source, read and checked. */
async function readSource(ctx: StageContext, state: ReuseState, old: number): Promise<SourcePartition> {
  const { source } = state;
  const { rowsDigest } = await usableCommit(ctx, state, old);
  const listing = await readListing(source, old);
  const file = await requireFile(source.store, runLayout(source.manifest.partDigits).features(old));
  // Without a signal: others may be waiting for the same.
  const { codes, features } = await ctx.children.call('reuse', { features: file, rowsDigest, listing });
  let row = 0;
  const outcomes = codes.map((code): ImageOutcome => {
    if (code !== null) return { ok: false, code };
    row += 1;
    return { ok: true, features: features.subarray((row - 1) * FEATURES, row * FEATURES), reused: true };
  });
  return { listing, outcomes };
}

/** What is wanted and unchanged of a source partition. What its surroundings put into quarantine is to be tried again. */
function unchangedOf(
  { listing: theirs, outcomes }: SourcePartition,
  { listing, wanted }: { listing: readonly ImageRef[]; wanted: ReadonlyMap<string, number> },
): [number, ImageOutcome][] {
  return theirs.flatMap((image, place): [number, ImageOutcome][] => {
    const index = image.refused === undefined ? wanted.get(image.path) : undefined;
    const outcome = outcomes[place];
    if (index === undefined || outcome === undefined || !isUnchanged(image, listing[index])) return [];
    return outcome.ok || !isEnvironmental(outcome.code) ? [[index, outcome]] : [];
  });
}

const isUnchanged = (theirs: ImageRef, ours: ImageRef | undefined) =>
  theirs.path === ours?.path && theirs.bytes === ours.bytes && theirs.version === ours.version;

const codesOf = (commit: Commit) => Object.keys(commit.quarantined) as ImageErrorCode[];

/** The commit of a source partition. Errors: E_RUN_NO_MODEL without one, E_NUMERIC_CLASS for one of another class, E_RUN_CORRUPT. */
async function usableCommit(ctx: StageContext, { source, numericClass }: ReuseState, old: number) {
  const commit = await readCommit(source, old);
  const place = { partition: old, location: source.store.describe() };
  if (commit === undefined) throw new VergerError('E_RUN_NO_MODEL', place, { detail: 'No commit.' });
  if (!source.whole && commit.numericClass !== (await numericClass(ctx.children))) {
    throw new VergerError('E_NUMERIC_CLASS', place);
  }
  return commit;
}

/** Features and sums of a source partition, after their hashes were compared with its commit. Errors: E_PART_CORRUPT naming the file. */
export async function readWhole(source: ReuseSource, old: number, commit: Commit): Promise<CommitParts> {
  const layout = runLayout(source.manifest.partDigits);
  const read = async (file: string, expected: SealedPartition['sumsFile']) => {
    const bytes = await requireFile(source.store, file);
    if (bytes.byteLength === expected.bytes && (await sha256Async(bytes)) === expected.sha256) return bytes;
    throw new VergerError(
      'E_PART_CORRUPT',
      { partition: old, location: `${source.store.describe()}/${file}` },
      { detail: 'Its sha256 is not the one in its commit.' },
    );
  };
  const [features, sums] = await Promise.all([
    read(layout.features(old), commit.features),
    read(layout.sums(old), commit.sums),
  ]);
  return {
    features,
    featuresFile: commit.features,
    sums,
    sumsFile: commit.sums,
    rowsDigest: commit.rowsDigest,
    extracted: commit.extracted,
    quarantined: commit.quarantined,
    numericClass: commit.numericClass,
  };
}

/** Undefined, and told of once, where the source partition cannot be taken: its images are extracted as if it were not there. */
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
