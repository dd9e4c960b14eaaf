/** What int8 changed, for the report: the held images' features of both precisions are compared. */
import {
  type Calibration,
  type Commit,
  FEATURES,
  type LabelCentroids,
  type PcaModel,
  type PrecisionComparison,
  RUN_FILES,
  readAhead,
  VergerError,
  withPlace,
} from '@verger/core';
import { heldFeatures, readCalibration } from '@verger/features/weights';
import { readCalibrationFile, readListing, requireFile } from '@verger/run';
import type { HeldPlace, HeldRows } from '../child/protocol.ts';
import { FILES_AT_ONCE, type StageContext } from '../context.ts';
import { labelTable } from './row-survey.ts';

/** What the features are held against: of the run itself. */
interface FittedRun {
  readonly model: PcaModel;
  readonly labels: LabelCentroids;
}

/** A held image in its partition. */
interface HeldImage extends HeldPlace {
  /** Its place among all held images. */
  readonly held: number;
  readonly bytes: number;
}

/** The held images of a partition. */
interface HeldPart {
  readonly partition: number;
  readonly images: HeldImage[];
}

/** The commits of a run whose partitions are in order, as far as this needs them. */
type Counted = Pick<Commit, 'partition' | 'listed'>;

/**
 * Compares the int8 features of the held images with their float32 ones. Undefined for a run with float32,
 * and where the held images are not this run's: of a transform, or of a reused run with another listing. An
 * image whose size is another one now is not compared. Reads the listing parts and features files that have
 * held images, each once. Errors: E_RUN_CORRUPT, E_PART_CORRUPT; those of children.
 */
export async function comparePrecisions(
  ctx: StageContext,
  commits: readonly Counted[],
  { model, labels }: FittedRun,
): Promise<PrecisionComparison | undefined> {
  const { manifest } = ctx.run;
  if (manifest.model !== undefined) return undefined;
  const calibration = await readRunCalibration(ctx);
  if (calibration === undefined || calibration.held.length === 0) return undefined;
  const parts = placeHeld(calibration, commits);
  const rows = parts && (await readHeld(ctx, parts));
  if (rows === undefined || rows.labels.length === 0) return undefined;
  const all = heldFeatures(calibration);
  const float32 = new Float32Array(rows.held.length * FEATURES);
  for (const [row, at] of rows.held.entries())
    float32.set(all.subarray(at * FEATURES, (at + 1) * FEATURES), row * FEATURES);
  const request = {
    float32,
    int8: rows.features,
    labels: rows.labels,
    model,
    table: labelTable(labels, model.k),
  };
  return await ctx.children.call('comparePrecision', request, { signal: ctx.signal });
}

/** Errors: E_RUN_CORRUPT. */
async function readRunCalibration({ run }: StageContext): Promise<Calibration | undefined> {
  const bytes = await readCalibrationFile(run);
  if (bytes === undefined) return undefined;
  try {
    return readCalibration(bytes);
  } catch (error) {
    if (!(error instanceof VergerError)) throw error;
    const location = `${run.store.describe()}/${RUN_FILES.calibration}`;
    throw new VergerError('E_RUN_CORRUPT', { location }, { detail: error.detail, cause: error });
  }
}

/** The held images by partition; undefined where the run does not list so many. Pure. */
export function placeHeld(
  { held }: Pick<Calibration, 'held'>,
  commits: readonly Counted[],
): HeldPart[] | undefined {
  const parts: HeldPart[] = [];
  const ordered = [...held.entries()].sort(([, a], [, b]) => a.row - b.row);
  let next = 0;
  let first = 0;
  for (const { partition, listed } of commits) {
    const part: HeldPart = { partition, images: [] };
    for (let one = ordered[next]; one !== undefined && one[1].row < first + listed; one = ordered[next]) {
      const [at, { row, path, bytes }] = one;
      part.images.push({ held: at, place: row - first, path, bytes });
      next += 1;
    }
    if (part.images.length > 0) parts.push(part);
    first += listed;
  }
  return next === ordered.length ? parts : undefined;
}

interface HeldFeatures {
  /** Which of the held images have features. */
  readonly held: readonly number[];
  readonly labels: readonly string[];
  /** Row-major [held.length, 1280]. */
  readonly features: Float32Array;
}

async function readHeld(ctx: StageContext, parts: readonly HeldPart[]): Promise<HeldFeatures | undefined> {
  const { store } = ctx.run;
  const held: number[] = [];
  const labels: string[] = [];
  const features = new Float32Array(parts.reduce((sum, { images }) => sum + images.length, 0) * FEATURES);
  const reads = readAhead(parts, FILES_AT_ONCE, async (part): Promise<[HeldImage[], HeldRows | null]> => {
    ctx.signal.throwIfAborted();
    const { partition } = part;
    const listing = await readListing(ctx.run, partition);
    const hasChanged = ({ place, path, bytes }: HeldImage) =>
      listing[place]?.path === path && listing[place].bytes !== bytes;
    const images = part.images.filter((image) => !hasChanged(image));
    const file = ctx.layout.features(partition);
    const bytes = await requireFile(store, file);
    const request = { features: bytes, images: images.map(({ place, path }) => ({ place, path })) };
    const rows = await withPlace({ store, file, partition }, () =>
      ctx.children.call('held', request, { signal: ctx.signal }),
    );
    return [images, rows];
  });
  for await (const [images, rows] of reads) {
    if (rows === null) return undefined;
    features.set(rows.features, held.length * FEATURES);
    held.push(...rows.found.map((index) => (images[index] as HeldImage).held));
    labels.push(...rows.labels);
  }
  return { held, labels, features: features.subarray(0, held.length * FEATURES) };
}
