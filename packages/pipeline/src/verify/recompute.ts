import { type ImageErrorCode, type ImageRef, isEnvironmental, VergerError } from '@verger/core';
import { parseListingPart } from '@verger/listing';
import { PoolError } from '@verger/pool';
import { readImage } from '../read-image.ts';
import { requireFile } from '../records.ts';
import type { StageContext } from '../stage-context.ts';
import type { Finding } from './finding.ts';
import type { PartitionFacts } from './partition.ts';

/** Largest difference between features of different numeric classes: they are equal to rounding (DESIGN 5.2). */
export const CLASS_TOLERANCE = 2e-4;

/** What extracting some rows again gave. */
export interface Recomputed {
  readonly seed: number;
  /** Rows that were compared, and of these those of the same numeric class, which must be equal to the last bit. */
  readonly compared: number;
  readonly sameClass: number;
  /** Largest difference that was seen in rows of another class. */
  readonly maxDifference: number;
  /** Images that cannot be read as they were listed: not at fault. */
  readonly skipped: number;
  readonly findings: readonly Finding[];
}

/** `count` different numbers of [0, total), ascending, the same for the same seed. Robert Floyd's method, mulberry32. */
export function drawRows(total: number, count: number, seed: number): number[] {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
  const drawn = new Set<number>();
  for (let last = total - Math.min(count, total); last < total; last += 1) {
    const one = Math.floor(next() * (last + 1));
    drawn.add(drawn.has(one) ? last : one);
  }
  return [...drawn].sort((a, b) => a - b);
}

/**
 * Extracts `count` random rows of the good partitions again, from the images, and compares: to the last bit where the numeric class
 * is the same, else within `CLASS_TOLERANCE`. Children must have the run's weights. Memory: one partition and its picked rows.
 */
export async function recomputeRows(
  ctx: StageContext,
  parts: readonly PartitionFacts[],
  { count, seed }: { count: number; seed: number },
): Promise<Recomputed> {
  const good = parts.filter(({ examined, listing }) => examined !== undefined && listing !== undefined);
  const total = good.reduce((sum, { examined }) => sum + (examined?.extracted ?? 0), 0);
  const rows = drawRows(total, count, seed);
  const own = await ctx.children.call('numericClass', {}, { signal: ctx.signal });
  const tally = { compared: 0, sameClass: 0, maxDifference: 0, skipped: 0 };
  const findings: Finding[] = [];
  let start = 0;
  for (const { partition, examined } of good) {
    const end = start + (examined?.extracted ?? 0);
    const picked = rows.filter((row) => row >= start && row < end).map((row) => row - start);
    if (picked.length > 0) findings.push(...(await recomputePart(ctx, { partition, picked, own }, tally)));
    start = end;
  }
  return { seed, ...tally, findings };
}

type Tally = { -readonly [K in 'compared' | 'sameClass' | 'maxDifference' | 'skipped']: number };

async function recomputePart(
  ctx: StageContext,
  { partition, picked, own }: { partition: number; picked: readonly number[]; own: string },
  tally: Tally,
): Promise<Finding[]> {
  const { run, layout, children, signal } = ctx;
  const file = layout.features(partition);
  const features = await requireFile(run.store, file);
  const stored = await children.call('pick', { features, rows: picked }, { signal });
  const listing = parseListingPart(await requireFile(run.store, layout.listing(partition)));
  const width = run.manifest.fingerprint.features;
  const findings: Finding[] = [];
  const found = (severity: Finding['severity'], what: string) =>
    findings.push({ severity, file, partition, what, mend: severity === 'fault' ? 'extract' : 'none' });
  for (const [index, path] of stored.paths.entries()) {
    const image = listing.find((one) => one.path === path && one.refused === undefined);
    const anew = image === undefined ? 'E_IMG_MISSING' : await extractOne(ctx, image);
    if (typeof anew === 'string' && isEnvironmental(anew)) {
      tally.skipped += 1;
      found('note', `${JSON.stringify(path)} could not be extracted again: ${anew}.`);
      continue;
    }
    tally.compared += 1;
    if (typeof anew === 'string') {
      found('fault', `${JSON.stringify(path)} has features, and its image gives none: ${anew}.`);
      continue;
    }
    const row = stored.features.subarray(index * width, (index + 1) * width);
    const difference = largestDifference(row, anew);
    if (stored.numericClass === own) {
      tally.sameClass += 1;
      if (!Buffer.from(anew.buffer, anew.byteOffset, anew.byteLength).equals(bytesOf(row))) {
        found(
          'fault',
          `The features of ${JSON.stringify(path)} are not those of the image: ${difference} apart.`,
        );
      }
      continue;
    }
    tally.maxDifference = Math.max(tally.maxDifference, difference);
    if (!(difference <= CLASS_TOLERANCE)) {
      found('fault', `The features of ${JSON.stringify(path)} are ${difference} from those of the image.`);
    }
  }
  return findings;
}

const bytesOf = (values: Float32Array) => Buffer.from(values.buffer, values.byteOffset, values.byteLength);

/** Features of one image, or the code of why there are none. */
async function extractOne(
  { run, children, signal }: StageContext,
  image: ImageRef,
): Promise<Float32Array | ImageErrorCode> {
  const read = await readImage(run.images, image, signal);
  if (!read.ok) return read.code;
  try {
    const { outcomes } = await children.call('images', { images: [read.bytes] }, { signal });
    const [outcome] = outcomes;
    if (outcome === undefined)
      throw new VergerError('E_INTERNAL', {}, { detail: 'A child gave no outcome.' });
    return outcome.ok ? outcome.features : outcome.code;
  } catch (error) {
    if (error instanceof PoolError) return 'E_IMG_CRASH';
    throw error;
  }
}

function largestDifference(a: Float32Array, b: Float32Array): number {
  return a.reduce((largest, value, index) => {
    const difference = Math.abs(value - (b[index] ?? Number.NaN));
    return difference > largest || Number.isNaN(difference) ? difference : largest;
  }, 0);
}
