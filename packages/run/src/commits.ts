import {
  type Commit,
  commitSchema,
  forEachBounded,
  type Run,
  runLayout,
  type StageTimings,
  type StoredFile,
  VergerError,
  withSelfHash,
} from '@verger/core';
import { createOrCompare, readRecord, recordBytes } from './records.ts';
import { type RunContext, smallFilesAtOnce } from './run-context.ts';

/** A run's records: its manifest and where they stand. */
export type RunRecords = Pick<Run, 'manifest' | 'store'>;

/**
 * The commit of a partition, or undefined before there is one. Errors: E_RUN_CORRUPT for one that is damaged
 * or of another run.
 */
export async function readCommit(run: RunRecords, partition: number): Promise<Commit | undefined> {
  const { store, manifest } = run;
  const file = runLayout(manifest.partDigits).commit(partition);
  const commit = await readRecord(store, file, commitSchema);
  if (commit === undefined) return undefined;
  const corrupt = (detail: string) =>
    new VergerError('E_RUN_CORRUPT', { partition, location: `${store.describe()}/${file}` }, { detail });
  if (commit.runIdentity !== manifest.identity || commit.partition !== partition) {
    throw corrupt('It belongs to another run.');
  }
  const bad = Object.values(commit.quarantined).reduce((total, count) => total + count, 0);
  if (commit.listed !== manifest.partitions[partition]?.images || commit.listed !== commit.extracted + bad) {
    throw corrupt('Its counts do not add up to the images of its partition.');
  }
  return commit;
}

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
  return [...run.manifest.partitions.keys()].map((partition) => {
    const commit = commits.get(partition);
    if (commit !== undefined) return commit;
    const file = runLayout(run.manifest.partDigits).commit(partition);
    const location = `${run.store.describe()}/${file}`;
    throw new VergerError('E_RUN_CORRUPT', { partition, location }, { detail: 'It is missing.' });
  });
}

/** What a commit says of its partition, and the bytes that are created with it. */
export interface CommitParts {
  /** Undefined when the features file was stored before. */
  readonly features: Uint8Array | undefined;
  readonly featuresFile: StoredFile;
  readonly sums: Uint8Array;
  readonly sumsFile: StoredFile;
  readonly rowsDigest: string;
  readonly extracted: number;
  readonly quarantined: Commit['quarantined'];
  readonly numericClass: string;
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
  if ((await createOrCompare(run.store, layout.sums(partition), parts.sums)) === 'differs') {
    const location = `${run.store.describe()}/${layout.sums(partition)}`;
    throw new VergerError(
      'E_SUMS_CORRUPT',
      { partition, location },
      { detail: 'Its sums do not match its features.' },
    );
  }
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
