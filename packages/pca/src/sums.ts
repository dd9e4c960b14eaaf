import {
  FEATURE_LIMIT,
  FEATURE_SCALE,
  type IntegerGram,
  type LabelSums,
  MAX_LABELS,
  type Sums,
  VergerError,
} from '@verger/core';
import { compareUtf8 } from './byte-order.ts';
import { addInt64, addIntegers } from './int64.ts';

/** Rows of one Gram product: far under the 16,384 that stay exact, and 10 MB at width 1,280. */
const BLOCK_ROWS = 1024;
const INT64_END = 1n << 63n;
/** Labels of one step of a merge: 655,360 values at width 1,280. */
const STEP_LABELS = 512;

/** Sums of no rows. 6.6 MB at width 1,280. */
export function emptySums(width: number): Sums {
  return {
    width,
    count: 0,
    max: 0,
    sum: new BigInt64Array(width),
    products: new BigInt64Array((width * (width + 1)) / 2),
    labels: new Map(),
    labelsTruncated: false,
  };
}

/** Some rows to add. `features` is row-major [count, width], each in [0, 8); `labels` has count entries. */
export interface LabelledRows {
  readonly features: Float32Array;
  readonly labels: readonly string[];
}

/**
 * Adds rows to the sums. A feature v counts as the integer floor(v·65536 + 0.5), which doubles compute exactly for every float32.
 * Cost: one Gram product a 1,024 rows; memory 10 MB, and the product's 14 MB. Not to be called twice at a time on the same sums;
 * where `gram` fails, the sums are of no more use.
 * Errors: E_IMG_FEATURES for NaN or a feature outside [0, 8), E_SUMS_RANGE; both before anything is added.
 */
export async function addRows(sums: Sums, rows: LabelledRows, gram: IntegerGram): Promise<void> {
  const { width } = sums;
  const count = rows.labels.length;
  if (rows.features.length !== count * width) {
    const detail = `${rows.features.length} features are not ${count} rows of ${width}.`;
    throw new VergerError('E_INTERNAL', {}, { detail });
  }
  const max = Math.max(sums.max, largestInteger(rows.features, width));
  checkRange(sums.count + count, max);
  for (let first = 0; first < count; first += BLOCK_ROWS) {
    const labels = rows.labels.slice(first, first + BLOCK_ROWS);
    const block = toIntegers(rows.features.subarray(first * width, (first + labels.length) * width));
    addLabelled(sums, block, labels);
    addIntegers(sums.products, await gram(block, labels.length, width));
    sums.count += labels.length;
  }
  sums.max = max;
}

/**
 * Adds `from` to `into`; `from` stays as it is. Associative and commutative to the last bit. About 6 ms at width 1,280.
 * Errors: E_SUMS_CORRUPT where the widths differ, E_SUMS_RANGE; both before anything is added.
 */
export function mergeSums(into: Sums, from: Sums): void {
  for (const _ of mergeSteps(into, from));
}

/** As `mergeSums`, in steps of less than 10 ms; between the first and the last, `into` is of no use. */
export function* mergeSteps(into: Sums, from: Sums): Generator<void, void> {
  const whole =
    from.width === into.width &&
    from.sum.length === into.sum.length &&
    from.products.length === into.products.length &&
    [...from.labels.values()].every(({ sum }) => sum.length === into.width);
  if (!whole) {
    const detail = `They are ${from.width} wide and do not fit those of ${into.width}.`;
    throw new VergerError('E_SUMS_CORRUPT', {}, { detail });
  }
  const max = Math.max(into.max, from.max);
  checkRange(into.count + from.count, max);
  addInt64(into.sum, from.sum);
  addInt64(into.products, from.products);
  yield;
  let labels = 0;
  for (const [label, { count, sum }] of from.labels) {
    labels += 1;
    if (labels % STEP_LABELS === 0) yield;
    const kept = labelSums(into, label);
    kept.count += count;
    addInt64(kept.sum, sum);
  }
  into.count += from.count;
  into.max = max;
  into.labelsTruncated ||= from.labelsTruncated;
  keepFirstLabels(into);
}

/** Every product is at most max², so every sum of `count` of them fits int64 when count·max² does. */
function checkRange(count: number, max: number): void {
  if (BigInt(count) * BigInt(max) * BigInt(max) >= INT64_END) {
    throw new VergerError('E_SUMS_RANGE', {}, { detail: `${count} rows, largest integer ${max}.` });
  }
}

function largestInteger(features: Float32Array, width: number): number {
  let largest = 0;
  for (let at = 0; at < features.length; at++) {
    const value = features[at]!;
    if (value > largest) largest = value;
    // Written so that NaN is refused too.
    if (!(value >= 0 && value < FEATURE_LIMIT)) {
      const detail = `Row ${Math.floor(at / width)}, feature ${at % width}: ${value}.`;
      throw new VergerError('E_IMG_FEATURES', {}, { detail });
    }
  }
  return Math.floor(largest * FEATURE_SCALE + 0.5);
}

function toIntegers(features: Float32Array): Float64Array {
  const integers = new Float64Array(features.length);
  for (let at = 0; at < features.length; at++) {
    integers[at] = Math.floor(features[at]! * FEATURE_SCALE + 0.5);
  }
  return integers;
}

/** Rows of one label that follow each other are added up in float64 first: exact, as are their products. */
function addLabelled(sums: Sums, block: Float64Array, labels: readonly string[]): void {
  const { width } = sums;
  const together = new Float64Array(width);
  let count = 0;
  for (const [row, label] of labels.entries()) {
    const start = row * width;
    for (let at = 0; at < width; at++) together[at]! += block[start + at]!;
    count++;
    if (labels[row + 1] === label) continue;
    const kept = labelSums(sums, label);
    kept.count += count;
    addIntegers(kept.sum, together);
    addIntegers(sums.sum, together);
    together.fill(0);
    count = 0;
  }
  keepFirstLabels(sums);
}

function labelSums(sums: Sums, label: string): LabelSums {
  const kept = sums.labels.get(label);
  if (kept !== undefined) return kept;
  const added = { count: 0, sum: new BigInt64Array(sums.width) };
  sums.labels.set(label, added);
  return added;
}

/**
 * Keeps the first MAX_LABELS labels in byte order. A label that is among the first of the whole is among the first of every
 * part that has it, so nothing that stays was ever left out: the result does not depend on the order of merging.
 */
function keepFirstLabels(sums: Sums): void {
  if (sums.labels.size <= MAX_LABELS) return;
  for (const label of [...sums.labels.keys()].sort(compareUtf8).slice(MAX_LABELS)) sums.labels.delete(label);
  sums.labelsTruncated = true;
}
