import {
  type Commit,
  commitSchema,
  ERRORS,
  FEATURES,
  type ImageErrorCode,
  type ImageRef,
  isEnvironmental,
  type Quarantined,
  type StageTimings,
  sealRecord,
  VergerError,
} from '@verger/core';
import { parseListingPart } from '@verger/listing';
import { PoolError } from '@verger/pool';
import { forEachBounded } from './bounded.ts';
import type { ImageOutcome, PartitionRows, SealedPartition } from './child-protocol.ts';
import { placed } from './placed.ts';
import { checkImagesRoot, readImage } from './read-image.ts';
import { readFile, readRecord, recordBytes, requireFile, sha256Async } from './records.ts';
import { IMAGES_AHEAD, type StageContext } from './stage-context.ts';

/** One try of a partition. */
export interface ExtractAttempt {
  readonly partition: number;
  /** Counted from 1 within the epoch. */
  readonly attempt: number;
  /** Only the last attempt may put an image in quarantine because of its surroundings. */
  readonly last: boolean;
  /** Outcomes that an earlier attempt in this process already has, by place in the partition. Filled further here. */
  readonly outcomes: (ImageOutcome | undefined)[];
}

const POOL_CODES = {
  crash: 'E_IMG_CRASH',
  cpu: 'E_IMG_TIMEOUT',
  wall: 'E_IMG_TIMEOUT',
  memory: 'E_IMG_MEMORY',
} as const satisfies Record<PoolError['reason'], ImageErrorCode>;

/**
 * Extracts one partition and commits it: features, then sums, then the commit. A stored features file is adopted after it was
 * checked. Does nothing when the commit exists. Errors: an environmental image code before the last attempt; E_PART_CORRUPT.
 */
export async function extractPartition(ctx: StageContext, attempt: ExtractAttempt): Promise<Commit> {
  const { run, layout } = ctx;
  const { partition } = attempt;
  const committed = await readRecord(run.store, layout.commit(partition), commitSchema);
  if (committed !== undefined) {
    countDone(ctx, committed.extracted, committed.listed - committed.extracted);
    return committed;
  }

  const started = ctx.clock.monotonicMs();
  const listing = await readListing(ctx, partition);
  const timings = { readMs: 0, decodeMs: 0, inferenceMs: 0, encodeMs: 0, wallMs: 0 };
  let stored = await readFile(run.store, layout.features(partition));
  let sealed: SealedPartition | undefined;
  const found = stored !== undefined;
  if (!found) {
    await extractImages(ctx, { listing, attempt, timings });
    const sealing = ctx.clock.monotonicMs();
    sealed = await ctx.children.call('seal', { rows: rowsOf(listing, attempt.outcomes) });
    timings.encodeMs = ctx.clock.monotonicMs() - sealing;
    const features = sealed.features as Uint8Array;
    const outcome = await run.store.create(layout.features(partition), features);
    // A lost race: the first writer's rows stand, and ours are forgotten.
    if (outcome === 'exists') stored = await requireFile(run.store, layout.features(partition));
  }
  if (stored !== undefined) sealed = await adopt(ctx, { partition, features: stored, listing });
  if (found && sealed !== undefined) countDone(ctx, sealed.extracted, sealed.quarantined.length);
  timings.wallMs = ctx.clock.monotonicMs() - started;
  return await commit(ctx, attempt, { sealed: sealed as SealedPartition, listing, timings });
}

async function readListing(ctx: StageContext, partition: number): Promise<ImageRef[]> {
  const file = ctx.layout.listing(partition);
  const bytes = await requireFile(ctx.run.store, file);
  if ((await sha256Async(bytes)) !== ctx.run.manifest.partitions[partition]?.sha256) {
    const location = `${ctx.run.store.describe()}/${file}`;
    throw new VergerError(
      'E_RUN_CORRUPT',
      { partition, location },
      { detail: 'Its sha256 is not the one in the manifest.' },
    );
  }
  return parseListingPart(bytes);
}

async function adopt(
  ctx: StageContext,
  { partition, features, listing }: { partition: number; features: Uint8Array; listing: readonly ImageRef[] },
): Promise<SealedPartition> {
  ctx.logger.info({ partition }, 'adopting the features file that an earlier attempt wrote');
  try {
    return await ctx.children.call('adopt', { features, listing });
  } catch (error) {
    throw placed(error, partition, `${ctx.run.store.describe()}/${ctx.layout.features(partition)}`);
  }
}

/** Fills `outcomes`. Images whose surroundings failed are tried once more alone; then they fail the attempt, or are given up by the last. */
async function extractImages(
  ctx: StageContext,
  work: { listing: readonly ImageRef[]; attempt: ExtractAttempt; timings: StageTimings },
): Promise<void> {
  const { listing, attempt, timings } = work;
  const { outcomes } = attempt;
  const todo = listing.map((_, index) => index).filter((index) => outcomes[index] === undefined);
  const again: number[] = [];
  const endTurn = await ctx.turn.take(1);
  try {
    await forEachBounded(todo, ctx.children.processes * IMAGES_AHEAD, async (index) => {
      if (index === todo.at(-1)) endTurn();
      const outcome = await extractImage(ctx, listing[index] as ImageRef, { timings, alone: false });
      if (!outcome.ok && isEnvironmental(outcome.code)) again.push(index);
      else settle(ctx, outcomes, index, outcome);
    });
  } finally {
    endTurn();
  }
  if (again.length === 0) return;
  let failed: { code: ImageErrorCode; path: string } | undefined;
  for (const index of again.sort((a, b) => a - b)) {
    const image = listing[index] as ImageRef;
    const outcome = await extractImage(ctx, image, { timings, alone: true });
    if (outcome.ok || !isEnvironmental(outcome.code) || attempt.last) settle(ctx, outcomes, index, outcome);
    else failed ??= { code: outcome.code, path: image.path };
  }
  await checkImagesRoot(ctx.run.images);
  if (failed !== undefined) {
    throw new VergerError(failed.code, { path: failed.path, partition: attempt.partition });
  }
}

function settle(
  ctx: StageContext,
  outcomes: (ImageOutcome | undefined)[],
  index: number,
  outcome: ImageOutcome,
): void {
  outcomes[index] = outcome;
  countDone(ctx, outcome.ok ? 1 : 0, outcome.ok ? 0 : 1);
}

function countDone(ctx: StageContext, extracted: number, quarantined: number): void {
  ctx.emit({ type: 'images:done', extracted, quarantined });
}

async function extractImage(
  ctx: StageContext,
  image: ImageRef,
  { timings, alone }: { timings: StageTimings; alone: boolean },
): Promise<ImageOutcome> {
  ctx.signal.throwIfAborted();
  const giveBack = await ctx.imageBytes.take(image.bytes);
  try {
    const reading = ctx.clock.monotonicMs();
    const read = await readImage(ctx.run.images, image, ctx.signal);
    timings.readMs += ctx.clock.monotonicMs() - reading;
    if (!read.ok) return read;
    const outcome = await ctx.children.call('image', { bytes: read.bytes }, { alone, signal: ctx.signal });
    if (outcome.ok) {
      timings.decodeMs += outcome.decodeMs;
      timings.inferenceMs += outcome.inferenceMs;
    }
    return outcome;
  } catch (error) {
    if (error instanceof PoolError) return { ok: false, code: POOL_CODES[error.reason] };
    throw error;
  } finally {
    giveBack();
  }
}

/** Good rows in listing order, and the quarantine in listing order. */
export function rowsOf(
  listing: readonly ImageRef[],
  outcomes: readonly (ImageOutcome | undefined)[],
): PartitionRows {
  const paths: string[] = [];
  const labels: string[] = [];
  const good: Float32Array[] = [];
  const quarantined: Quarantined[] = [];
  for (const [index, { path, label, bytes }] of listing.entries()) {
    const outcome = outcomes[index];
    if (outcome === undefined) throw new Error(`no outcome for image ${index}`);
    if (outcome.ok) {
      paths.push(path);
      labels.push(label);
      good.push(outcome.features);
    } else {
      const { code } = outcome;
      const environmental = isEnvironmental(code);
      quarantined.push({ path, label, code, reason: ERRORS[code].what, bytes, environmental });
    }
  }
  const features = new Float32Array(good.length * FEATURES);
  for (const [row, values] of good.entries()) features.set(values, row * FEATURES);
  return { paths, labels, features, quarantined };
}

/** Sums, then the commit. Sums that are there must be the same bytes: they are a function of the rows. */
async function commit(
  ctx: StageContext,
  { partition, attempt }: ExtractAttempt,
  work: { sealed: SealedPartition; listing: readonly ImageRef[]; timings: StageTimings },
): Promise<Commit> {
  const { run, layout } = ctx;
  const { sealed, listing, timings } = work;
  if ((await run.store.create(layout.sums(partition), sealed.sums)) === 'exists') {
    const stored = await requireFile(run.store, layout.sums(partition));
    if ((await sha256Async(stored)) !== sealed.sumsFile.sha256) {
      const location = `${run.store.describe()}/${layout.sums(partition)}`;
      throw new VergerError('E_SUMS_CORRUPT', { partition, location });
    }
  }
  const quarantined: Partial<Record<ImageErrorCode, number>> = {};
  for (const { code } of sealed.quarantined) quarantined[code] = (quarantined[code] ?? 0) + 1;
  const record: Commit = sealRecord({
    format: 'verger-commit-1' as const,
    runIdentity: run.manifest.identity,
    partition,
    rowsDigest: sealed.rowsDigest,
    features: sealed.featuresFile,
    sums: sealed.sumsFile,
    listed: listing.length,
    extracted: sealed.extracted,
    quarantined,
    numericClass: sealed.numericClass,
    adopted: sealed.features === undefined,
    epoch: run.epoch,
    attempt,
    worker: ctx.worker,
    at: ctx.clock.now(),
    timings: Object.fromEntries(
      Object.entries(timings).map(([name, ms]) => [name, Math.round(ms * 10) / 10]),
    ) as StageTimings,
  });
  const bytes = recordBytes(record);
  if ((await run.store.create(layout.commit(partition), bytes)) === 'created') return record;
  const first = await readRecord(run.store, layout.commit(partition), commitSchema);
  if (first === undefined || first.rowsDigest !== record.rowsDigest) {
    throw new VergerError('E_PART_CORRUPT', { partition }, { detail: 'Another commit names other rows.' });
  }
  return first;
}
