import {
  type Commit,
  commitSchema,
  fileError,
  forEachBounded,
  type Manifest,
  type Partition,
  type Run,
  runLayout,
  type StageTimings,
  type StoredFile,
  VergerError,
  withSelfHash,
} from '@verger/core';
import { createOrCompare, readRecord, recordBytes } from './records.ts';
import { type RunContext, smallFilesAtOnce } from './run-context.ts';

/** A run's records: its manifest and its storage. */
export type RunRecords = Pick<Run, 'manifest' | 'store'>;

/** Of a manifest, what a commit must agree with. */
interface CommitPlan extends Pick<Manifest, 'identity'> {
  readonly partitions: Readonly<Record<number, Pick<Partition, 'images'> | undefined>>;
}

/** What is wrong with a commit of a partition in itself, as a sentence. */
export function commitFault(
  { identity, partitions }: CommitPlan,
  partition: number,
  commit: Commit,
): string | undefined {
  if (commit.runIdentity !== identity) return 'It belongs to another run.';
  if (commit.partition !== partition) return `It is that of partition ${commit.partition}.`;
  const bad = Object.values(commit.quarantined).reduce((total, count) => total + count, 0);
  const adds = commit.listed === commit.extracted + bad;
  if (adds && commit.listed === partitions[partition]?.images) return undefined;
  return 'Its counts do not add up to the images of its partition.';
}

/**
 * The commit of a partition, or undefined before there is one. Errors: E_RUN_CORRUPT for one that is damaged
 * or of another run.
 */
export async function readCommit(run: RunRecords, partition: number): Promise<Commit | undefined> {
  const file = commitFile(run, partition);
  const commit = await readRecord(run.store, file.file, commitSchema);
  const fault = commit && commitFault(run.manifest, partition, commit);
  if (fault !== undefined) throw fileError('E_RUN_CORRUPT', file, fault);
  return commit;
}

/** The commit of a partition that must have one. Errors: E_RUN_CORRUPT. */
export async function requireCommit(run: RunRecords, partition: number): Promise<Commit> {
  return presentCommit(run, partition, await readCommit(run, partition));
}

function presentCommit(run: RunRecords, partition: number, commit: Commit | undefined): Commit {
  if (commit !== undefined) return commit;
  throw fileError('E_RUN_CORRUPT', commitFile(run, partition), 'It is missing.');
}

const commitFile = ({ store, manifest }: RunRecords, partition: number) => ({
  ...{ store, partition },
  file: runLayout(manifest.partDigits).commit(partition),
});

/**
 * Every commit there is, by name from the manifest, never from a listing. Cost: one small read a partition.
 */
export async function readCommits(run: RunRecords): Promise<Map<number, Commit>> {
  const commits = new Map<number, Commit>();
  await forEachBounded(run.manifest.partitions.keys(), smallFilesAtOnce(run.store), async (partition) => {
    const commit = await readCommit(run, partition);
    if (commit !== undefined) commits.set(partition, commit);
  });
  return commits;
}

/** The commits of all partitions, in order. Errors: E_RUN_CORRUPT when one is missing. */
export function commitsInOrder(run: RunRecords, commits: ReadonlyMap<number, Commit>): Commit[] {
  const partitions = [...run.manifest.partitions.keys()];
  return partitions.map((partition) => presentCommit(run, partition, commits.get(partition)));
}

/** What a commit says of its partition, and the bytes that are created with it. */
export interface CommitParts
  extends Pick<Commit, 'rowsDigest' | 'extracted' | 'quarantined' | 'numericClass'> {
  /** Undefined when the features file was stored before. */
  readonly features: Uint8Array | undefined;
  readonly featuresFile: StoredFile;
  readonly sums: Uint8Array;
  readonly sumsFile: StoredFile;
}

/**
 * Creates the sums, then the commit. Sums that are there must be the same bytes: they are a function of the
 * rows. `exists`: another commit of the same rows came first. Errors: E_SUMS_CORRUPT, E_PART_CORRUPT.
 */
export async function commitPartition(
  ctx: RunContext,
  { partition, attempt }: { readonly partition: number; readonly attempt: number },
  work: {
    readonly parts: CommitParts;
    readonly listed: number;
    readonly reused: number;
    readonly timings: StageTimings;
  },
): Promise<'created' | 'exists'> {
  const { run, layout } = ctx;
  const { parts, listed, reused, timings } = work;
  const sums = { store: run.store, file: layout.sums(partition), partition };
  if ((await createOrCompare(run.store, sums.file, parts.sums)) === 'differs')
    throw fileError('E_SUMS_CORRUPT', sums, 'Its sums do not match its features.');
  const record: Commit = withSelfHash({
    format: 'verger-commit-1' as const,
    runIdentity: run.manifest.identity,
    partition,
    rowsDigest: parts.rowsDigest,
    features: parts.featuresFile,
    sums: parts.sumsFile,
    listed,
    extracted: parts.extracted,
    quarantined: parts.quarantined,
    numericClass: parts.numericClass,
    adopted: parts.features === undefined,
    ...(reused === 0 ? {} : { reused }),
    epoch: run.epoch,
    attempt,
    worker: ctx.worker,
    at: ctx.clock.now(),
    timings: Object.fromEntries(
      Object.entries(timings).map(([name, ms]) => [name, Math.round(ms * 10) / 10]),
    ) as StageTimings,
  });
  const outcome = await run.store.create(layout.commit(partition), recordBytes(record));
  if (outcome === 'created') return outcome;
  const first = await readCommit(run, partition);
  if (first === undefined || first.rowsDigest !== record.rowsDigest) {
    throw new VergerError('E_PART_CORRUPT', { partition }, { detail: 'Another commit has different rows.' });
  }
  return outcome;
}
