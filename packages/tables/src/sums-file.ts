import { createHash } from 'node:crypto';
import {
  canonicalJson,
  FEATURE_LIMIT,
  FEATURE_SCALE,
  type LabelSums,
  MAX_LABELS,
  type Sums,
  VergerError,
} from '@verger/core';
import { utf8 } from './write-group.ts';

/*
 * A sums file: magic (8 bytes), sha256 of all that follows (32), bytes of the header (uint32, little-endian),
 * four zeros, the header (canonical JSON in UTF-8, padded with spaces to a multiple of 8), then int64
 * little-endian: sum [width], upper triangle of products [width·(width+1)/2], and the sum [width] of each
 * label in the header's order, which is the byte order of their UTF-8.
 */
const MAGIC = Buffer.from('VERGSUM1', 'latin1');
const HASH_AT = 8;
const LENGTH_AT = 40;
const HEADER_AT = 48;
const MAX_WIDTH = 65_536;

interface Header {
  readonly version: 1;
  readonly width: number;
  readonly count: number;
  readonly max: number;
  readonly labelsTruncated: boolean;
  /** Label and number of rows. */
  readonly labels: readonly (readonly [string, number])[];
}

const triangle = (width: number) => (width * (width + 1)) / 2;

const bytesOf = (values: BigInt64Array) =>
  new Uint8Array(values.buffer, values.byteOffset, values.byteLength);

function sortedLabels(labels: ReadonlyMap<string, LabelSums>): [string, LabelSums][] {
  const keyed = [...labels].map(([label, sums]) => ({
    key: utf8(label),
    entry: [label, sums] as [string, LabelSums],
  }));
  return keyed.sort((a, b) => Buffer.compare(a.key, b.key)).map(({ entry }) => entry);
}

/**
 * `sums/part-N.sums`. Same sums, same bytes, in whatever order labels were added. 6.6 MB at width 1,280, a
 * few milliseconds.
 */
export function encodeSums(sums: Sums): Uint8Array {
  const labels = sortedLabels(sums.labels);
  const blocks = [sums.sum, sums.products, ...labels.map(([, { sum }]) => sum)];
  const lengths = [sums.width, triangle(sums.width), ...labels.map(() => sums.width)];
  if (blocks.some((block, index) => block.length !== lengths[index])) {
    throw new VergerError('E_INTERNAL', {}, { detail: `sums do not have width ${sums.width}` });
  }
  const { width, count, max, labelsTruncated } = sums;
  const counted = labels.map(([label, { count }]) => [label, count] as const);
  const text = canonicalJson({
    version: 1,
    width,
    count,
    max,
    labelsTruncated,
    labels: counted,
  } satisfies Header);
  const json = Buffer.from(text, 'utf8');
  const headerBytes = Math.ceil(json.length / 8) * 8;
  const file = Buffer.alloc(
    HEADER_AT + headerBytes + blocks.reduce((sum, block) => sum + block.byteLength, 0),
  );
  MAGIC.copy(file);
  file.writeUInt32LE(headerBytes, LENGTH_AT);
  file.fill(' ', HEADER_AT, HEADER_AT + headerBytes);
  json.copy(file, HEADER_AT);
  let offset = HEADER_AT + headerBytes;
  for (const block of blocks) {
    file.set(bytesOf(block), offset);
    offset += block.byteLength;
  }
  hashOf(file).copy(file, HASH_AT);
  return file;
}

/** Of what follows the hash in a sums file. */
const hashOf = (file: Buffer) => createHash('sha256').update(file.subarray(LENGTH_AT)).digest();

const corrupt = (detail: string, cause?: unknown) => new VergerError('E_SUMS_CORRUPT', {}, { detail, cause });

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

function readHeader(text: string): Header {
  let header: Partial<Record<keyof Header, unknown>>;
  try {
    header = JSON.parse(text) as typeof header;
  } catch (error) {
    throw corrupt('its header is not JSON', error);
  }
  if (typeof header !== 'object' || header === null) throw corrupt('its header is not an object');
  const { version, width, count, max, labelsTruncated, labels } = header;
  if (version !== 1) throw corrupt(`its version is ${JSON.stringify(version)}, not 1`);
  if (!isCount(width) || width < 1 || width > MAX_WIDTH) throw corrupt('its width is not a width');
  if (!isCount(count) || !isCount(max) || max > FEATURE_LIMIT * FEATURE_SCALE)
    throw corrupt('its counts are not counts');
  if (typeof labelsTruncated !== 'boolean' || !Array.isArray(labels) || labels.length > MAX_LABELS) {
    throw corrupt('its labels are not labels');
  }
  const pairs = labels.map((pair: unknown): readonly [string, number] => {
    const [label, rows] = Array.isArray(pair) ? (pair as unknown[]) : [];
    if (typeof label !== 'string' || !isCount(rows) || rows > count) throw corrupt('a label is not a label');
    return [label, rows];
  });
  const keys = pairs.map(([label]) => Buffer.from(label, 'utf8'));
  if (keys.some((key, index) => index > 0 && Buffer.compare(keys[index - 1]!, key) >= 0)) {
    throw corrupt('its labels are not in order');
  }
  return { version, width, count, max, labelsTruncated, labels: pairs };
}

/**
 * Reads a sums file; one that is cut, foreign or differs in one bit is E_SUMS_CORRUPT with a detail.
 * `hashed`: the caller compared the sha256 of the whole file, so its own is not. Cost: 5 ms at width 1,280,
 * as much again for the hash.
 */
export function decodeSums(bytes: Uint8Array, { hashed = false }: { hashed?: boolean } = {}): Sums {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (file.length < HEADER_AT || !file.subarray(0, HASH_AT).equals(MAGIC))
    throw corrupt('it is not a sums file');
  if (!hashed && !hashOf(file).equals(file.subarray(HASH_AT, LENGTH_AT)))
    throw corrupt('its bytes are not those that were written');
  const bodyAt = HEADER_AT + file.readUInt32LE(LENGTH_AT);
  if (bodyAt > file.length) throw corrupt('its header is longer than the file');
  const { width, count, max, labelsTruncated, labels } = readHeader(file.toString('utf8', HEADER_AT, bodyAt));
  const values = width + triangle(width) + labels.length * width;
  if (file.length - bodyAt !== values * 8) throw corrupt(`it does not hold ${values} values`);
  // A copy: the file may be at any offset of a shared buffer, and int64 must be at a multiple of 8.
  const body = new Uint8Array(values * 8);
  body.set(file.subarray(bodyAt));
  let offset = 0;
  const take = (length: number): BigInt64Array => {
    offset += length * 8;
    return new BigInt64Array(body.buffer, offset - length * 8, length);
  };
  const sum = take(width);
  const products = take(triangle(width));
  const perLabel = new Map(labels.map(([label, rows]) => [label, { count: rows, sum: take(width) }]));
  return { width, count, max, sum, products, labels: perLabel, labelsTruncated };
}
