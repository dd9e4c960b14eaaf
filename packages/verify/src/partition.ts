import {
  type Commit,
  commitSchema,
  type ImageRef,
  type StoredFile,
  type Success,
  VergerError,
} from '@verger/core';
import { parseListingPart } from '@verger/listing';
import { commitFault, hashStored, sha256Async } from '@verger/run';
import type { ExaminedPartition, StageContext } from '@verger/stages';

import type { Findings } from './finding.ts';
import { quarantineFault } from './listing.ts';
import { lookFor, recordOf } from './read.ts';

/** What is known of a partition once its own files were looked at. */
export interface PartitionFacts {
  readonly partition: number;
  /** Bytes of the listing part, when it is the one of the manifest. */
  readonly listing: Uint8Array | undefined;
  /** The commit, when it is whole and says what the files say. */
  readonly commit: Commit | undefined;
  /** What the features give; undefined when they are not there or not good. */
  readonly examined: ExaminedPartition | undefined;
  /**
   * True when the stored sums are those of the features, or of the commit where there are no good features.
   */
  readonly sumsGood: boolean;
}

/** What a partition is checked against. */
export interface Scope {
  readonly findings: Findings;
  /** `_SUCCESS`, when it is there and whole: a second witness of what files were. */
  readonly success: Success | undefined;
  /** Every partition was committed once: the PCA model or `_SUCCESS` is there. What is not there was lost. */
  readonly complete: boolean;
}

const same = (a: StoredFile | undefined, b: StoredFile | undefined) =>
  a !== undefined && a.sha256 === b?.sha256 && a.bytes === b.bytes;

/**
 * Checks listing part, features, sums and commit of one partition against the manifest and each other; the
 * sums are recomputed in a child. Memory: one features file and its copy. Errors: those of the storage and
 * of the children, never what is found.
 */
export async function checkPartition(
  ctx: StageContext,
  scope: Scope,
  partition: number,
): Promise<PartitionFacts> {
  const { run, layout } = ctx;
  const { findings } = scope;
  const at = { store: run.store, findings };
  const listing = await checkListing(ctx, findings, partition);
  const file = layout.commit(partition);
  const commitBytes = await lookFor(at, file, { gone: scope.complete });
  const stored = recordOf(findings, commitBytes, { file, schema: commitSchema });
  const features = layout.features(partition);
  const expected = scope.complete || commitBytes !== undefined;
  const bytes = await lookFor(at, features, { gone: expected });
  let examined =
    bytes && (await examine(ctx, findings, { partition, bytes, listing: listing?.refs ?? null }));
  const wrong = stored && commitFault(run.manifest, partition, stored);
  if (wrong !== undefined) findings.fault(file, wrong);
  let commit = wrong === undefined ? stored : undefined;
  if (commit !== undefined && examined !== undefined) {
    const difference = compare(commit, examined);
    // Features that are sealed and fit the listing, and are not the committed ones: one of the two was
    // exchanged.
    const featuresGood = same(commit.features, examined.featuresFile);
    const backed = same(scope.success?.files[features], examined.featuresFile);
    if (difference !== undefined && (featuresGood || backed)) {
      findings.fault(file, difference);
      commit = undefined;
    } else if (difference !== undefined) {
      findings.fault(features, 'It is intact, but its rows do not match its commit.');
      examined = undefined;
    }
  }
  const sumsGood = await checkSums(ctx, scope, { partition, commit, examined }, expected);
  return { partition, listing: listing?.bytes, commit, examined, sumsGood };
}

async function checkListing(ctx: StageContext, findings: Findings, partition: number) {
  const { run, layout } = ctx;
  const file = layout.listing(partition);
  const planned = run.manifest.partitions[partition];
  const bytes = await lookFor({ store: run.store, findings }, file, { gone: true });
  if (bytes === undefined) return undefined;
  const bad = (what: string) => void findings.fault(file, what);
  if ((await sha256Async(bytes)) !== planned?.sha256) {
    return bad('Its sha256 does not match the manifest.');
  }
  let refs: ImageRef[];
  try {
    refs = parseListingPart(bytes);
  } catch (error) {
    if (!(error instanceof VergerError)) throw error;
    return bad(error.detail ?? error.message);
  }
  const listed = refs.reduce((total, image) => total + image.bytes, 0);
  if (refs.length !== planned.images || listed !== planned.bytes) {
    return bad('Its images and bytes do not add up to those in the manifest.');
  }
  return { bytes, refs };
}

async function examine(
  { run, layout, children, signal }: StageContext,
  findings: Findings,
  {
    partition,
    bytes,
    listing,
  }: { partition: number; bytes: Uint8Array; listing: readonly ImageRef[] | null },
): Promise<ExaminedPartition | undefined> {
  const file = layout.features(partition);
  try {
    const examined = await children.call('examine', { features: bytes, listing }, { signal });
    const listed = examined.extracted + examined.quarantined.length;
    const isWhole = listed === run.manifest.partitions[partition]?.images;
    const odd = isWhole
      ? quarantineFault(examined.quarantined, listing)
      : 'It does not account for all listed images.';
    if (odd === undefined) return examined;
    findings.fault(file, odd);
  } catch (error) {
    if (!(error instanceof VergerError) || error.code !== 'E_PART_CORRUPT') throw error;
    const image = error.place.path === undefined ? '' : ` (${JSON.stringify(error.place.path)})`;
    findings.fault(file, `${error.detail ?? error.message}${image}`);
  }
  return undefined;
}

/** What a commit says that its features do not. */
function compare(commit: Commit, examined: ExaminedPartition): string | undefined {
  if (commit.rowsDigest !== examined.rowsDigest) return 'Its rows digest does not match the features.';
  if (!same(commit.features, examined.featuresFile))
    return 'Its hash of the features does not match the file.';
  if (!same(commit.sums, examined.sumsFile))
    return 'Its hash of the sums does not match the sums of the features.';
  if (commit.extracted !== examined.extracted) return 'Its row count does not match the features.';
  if (commit.numericClass !== examined.numericClass) return 'Its numeric class does not match the features.';
  const codes = examined.quarantined.map(({ code }) => code);
  for (const code of new Set([...codes, ...Object.keys(commit.quarantined)] as typeof codes)) {
    if (commit.quarantined[code] !== codes.filter((one) => one === code).length) {
      return 'Its quarantine counts do not match the features.';
    }
  }
  return undefined;
}

async function checkSums(
  { run, layout }: StageContext,
  { findings }: Scope,
  { partition, commit, examined }: Pick<PartitionFacts, 'partition' | 'commit' | 'examined'>,
  expected: boolean,
): Promise<boolean> {
  const file = layout.sums(partition);
  const there = await lookFor({ store: run.store, findings }, file, { gone: expected, lastBytes: 1 });
  if (there === undefined) return false;
  const truth = examined?.sumsFile ?? commit?.sums;
  if (truth === undefined) {
    if (!expected) findings.fault(file, 'There are no features for these sums.');
    return false;
  }
  if (same(await hashStored(run.store, file), truth)) return true;
  const of = examined === undefined ? 'of its commit' : 'of its features';
  findings.fault(file, `Its bytes are not the sums ${of}.`);
  return false;
}
