import {
  cosineBetween,
  decodeLimitsOf,
  type ImageErrorCode,
  type ImageRef,
  isEnvironmental,
  type Quarantined,
  seededNumbers,
  VergerError,
} from '@verger/core';
import { parseListingPart, readImage } from '@verger/listing';
import { PoolError } from '@verger/pool';
import { requireFile } from '@verger/run';
import { isToTryAgain, type StageContext } from '@verger/stages';
import type { Finding } from './finding.ts';
import type { PartitionFacts } from './partition.ts';

/** Largest difference between float32 features of different numeric classes, which differ by rounding. */
export const CLASS_TOLERANCE = 2e-4;
/**
 * Least cosine between int8 features of different numeric classes: a last bit of float32 may move a value to
 * the next step, and from there all that follows. Measured: .9993 in the median, .9988 at least.
 */
const LEAST_CLASS_COSINE = 0.99;

/** What extracting some images again gave. */
export interface Recomputed {
  readonly seed: number;
  /**
   * Images that were compared, and of these those of the same numeric class, which must be equal to the last
   * bit.
   */
  readonly compared: number;
  readonly sameClass: number;
  /** Largest difference that was seen in rows of another class. */
  readonly maxDifference: number;
  /** Images that cannot be read as they were listed: not at fault. */
  readonly skipped: number;
  readonly findings: readonly Finding[];
}

/** `count` different numbers of [0, total), ascending, the same for the same seed. Robert Floyd's method. */
export function drawRows(total: number, count: number, seed: number): number[] {
  const next = seededNumbers(seed);
  const drawn = new Set<number>();
  for (let last = total - Math.min(count, total); last < total; last += 1) {
    const one = Math.floor(next() * (last + 1));
    drawn.add(drawn.has(one) ? last : one);
  }
  return [...drawn].sort((a, b) => a - b);
}

/**
 * Extracts `count` random images of the good partitions again and compares. Rows must be equal to the last
 * bit where the numeric class is the same, else within `CLASS_TOLERANCE`, and of int8 with a cosine of .99;
 * an image that is in quarantine for its bytes must give no features, and the same code where the class is
 * the same. What the surroundings put into quarantine is not drawn: it may well have healed. Children must
 * have the run's weights. Memory: one partition and its picked rows.
 */
export async function recomputeRows(
  ctx: StageContext,
  parts: readonly PartitionFacts[],
  { count, seed }: { count: number; seed: number },
): Promise<Recomputed> {
  const good = parts.flatMap(({ partition, examined, listing }) => {
    if (examined === undefined || listing === undefined) return [];
    const bad = examined.quarantined.filter(({ code }) => !isToTryAgain(ctx.run.manifest, code));
    return [{ partition, extracted: examined.extracted, bad }];
  });
  const total = good.reduce((sum, { extracted, bad }) => sum + extracted + bad.length, 0);
  const drawn = drawRows(total, count, seed);
  const own = await ctx.children.call('numericClass', {}, { signal: ctx.signal });
  const tally = { compared: 0, sameClass: 0, maxDifference: 0, skipped: 0 };
  const findings: Finding[] = [];
  let start = 0;
  for (const { partition, extracted, bad } of good) {
    const end = start + extracted + bad.length;
    const here = drawn.filter((one) => one >= start && one < end).map((one) => one - start);
    const rows = here.filter((one) => one < extracted);
    const records = here.flatMap((one) => bad[one - extracted] ?? []);
    if (here.length > 0)
      findings.push(...(await recomputePart(ctx, { partition, rows, records, own }, tally)));
    start = end;
  }
  return { seed, ...tally, findings };
}

type Tally = { -readonly [K in 'compared' | 'sameClass' | 'maxDifference' | 'skipped']: number };

async function recomputePart(
  ctx: StageContext,
  picked: { partition: number; rows: readonly number[]; records: readonly Quarantined[]; own: string },
  tally: Tally,
): Promise<Finding[]> {
  const { run, layout, children, signal } = ctx;
  const { partition, rows, records, own } = picked;
  const file = layout.features(partition);
  const features = await requireFile(run.store, file);
  const stored = await children.call('pick', { features, rows }, { signal });
  const listing = parseListingPart(await requireFile(run.store, layout.listing(partition)));
  const width = run.manifest.fingerprint.features;
  const isSameClass = stored.numericClass === own;
  // Of a run of an earlier release this may be that release's doing, and no damage.
  const whose = isSameClass ? '' : OTHER_CLASS;
  const findings: Finding[] = [];
  const found = (severity: Finding['severity'], what: string) =>
    findings.push({ severity, file, partition, what, repair: severity === 'fault' ? 'extract' : 'none' });
  /** Undefined, and noted, where the image is not to be had as it was listed. */
  const extractedAgain = async (path: string, image: ImageRef | undefined) => {
    let said = '';
    const tell = (sentence: string) => {
      said = ` ${sentence}`;
    };
    const again = image === undefined ? 'E_IMG_MISSING' : await extractOne(ctx, image, tell);
    if (typeof again === 'string' && isEnvironmental(again)) {
      tally.skipped += 1;
      found('note', `${JSON.stringify(path)} could not be extracted again: ${again}.${said}`);
      return undefined;
    }
    tally.compared += 1;
    if (isSameClass) tally.sameClass += 1;
    return again;
  };
  for (const [index, path] of stored.paths.entries()) {
    const image = listing.find((one) => one.path === path && one.refused === undefined);
    const again = await extractedAgain(path, image);
    if (again === undefined) continue;
    const row = stored.features.subarray(index * width, (index + 1) * width);
    const isInt8 = run.manifest.fingerprint.precision === 'int8';
    const fault = rowFault({ path, row, again, isSameClass, isInt8 }, tally);
    if (fault !== undefined) found('fault', fault + whose);
  }
  for (const { path, code } of records) {
    // Escaped names may repeat a path: one that was refused for its name is in quarantine for that.
    const named = listing.filter((one) => one.path === path);
    const again = await extractedAgain(path, named.find(({ refused }) => refused === code) ?? named.at(-1));
    if (again === undefined || again === code || (typeof again === 'string' && !isSameClass)) continue;
    const gives = typeof again === 'string' ? `is ${again}` : 'gives features';
    found('fault', `${JSON.stringify(path)} is in quarantine as ${code}, but its image ${gives}.${whose}`);
  }
  return findings;
}

const OTHER_CLASS =
  ' Its numeric class is another: an earlier release may have read the image otherwise (CHANGELOG.md).';

/** What is wrong with a row, given what its image gives now. */
function rowFault(
  {
    path,
    row,
    again,
    isSameClass,
    isInt8,
  }: {
    path: string;
    row: Float32Array;
    again: Float32Array | ImageErrorCode;
    isSameClass: boolean;
    isInt8: boolean;
  },
  tally: Tally,
): string | undefined {
  const name = JSON.stringify(path);
  if (typeof again === 'string') return `${name} has features, but its image gives none: ${again}.`;
  const difference = largestDifference(row, again);
  if (isSameClass) {
    if (bytesOf(again).equals(bytesOf(row))) return undefined;
    return `The features of ${name} do not match the image: they differ by ${difference}.`;
  }
  tally.maxDifference = Math.max(tally.maxDifference, difference);
  if (isInt8) {
    const cosine = cosineBetween(row, again);
    if (cosine >= LEAST_CLASS_COSINE) return undefined;
    return `The features of ${name} differ from those of the image: their cosine is ${cosine.toFixed(4)}.`;
  }
  if (difference <= CLASS_TOLERANCE) return undefined;
  return `The features of ${name} differ from those of the image by ${difference}.`;
}

const bytesOf = (values: Float32Array) => Buffer.from(values.buffer, values.byteOffset, values.byteLength);

/** Features of one image, or the code of why there are none; `tell` is given what its store said. */
async function extractOne(
  { run, children, signal }: StageContext,
  image: ImageRef,
  tell: (sentence: string) => void,
): Promise<Float32Array | ImageErrorCode> {
  const read = await readImage(run.images, image, signal);
  if (!read.ok) {
    if (read.said !== undefined) tell(read.said.sentence);
    return read.code;
  }
  const request = { images: [read.bytes], limits: decodeLimitsOf(run.manifest.extraction) };
  try {
    const { outcomes } = await children.call('images', request, { signal });
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
