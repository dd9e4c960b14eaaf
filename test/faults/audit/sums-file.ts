import { createHash } from 'node:crypto';
import { canonical, sha256 } from './context.ts';

/** Values of a run's sums are int64; here each is two numbers: `high`·2^32 + `low`. */
export interface Int64s {
  readonly low: Uint32Array;
  readonly high: Int32Array;
}

/** A sums file as it stands. `products` is the upper triangle, row-major. */
export interface SumsFile {
  readonly count: number;
  readonly max: number;
  readonly truncated: boolean;
  readonly sum: Int64s;
  readonly products: Int64s;
  readonly labels: readonly { readonly label: string; readonly count: number; readonly sum: Int64s }[];
}

export const WIDTH = 1280;
export const TRIANGLE = (WIDTH * (WIDTH + 1)) / 2;

function int64s(file: Buffer, at: number, length: number): Int64s {
  const words = new Uint32Array(new Uint8Array(file.subarray(at, at + length * 8)).buffer);
  const low = new Uint32Array(length);
  const high = new Int32Array(length);
  for (let index = 0; index < length; index++) {
    low[index] = words[index * 2]!;
    high[index] = words[index * 2 + 1]!;
  }
  return { low, high };
}

/** Reads a sums file as docs/formats.md describes it. Throws whatever is wrong. */
export function readSumsFile(file: Buffer): SumsFile {
  if (file.toString('latin1', 0, 8) !== 'VERGSUM1') throw new Error('it does not begin with VERGSUM1');
  const hash = createHash('sha256').update(file.subarray(40)).digest('hex');
  if (hash !== file.toString('hex', 8, 40)) throw new Error('its own sha256 does not hold');
  const headerBytes = file.readUInt32LE(40);
  if (file.readUInt32LE(44) !== 0) throw new Error('bytes 44 to 47 are not zero');
  const text = file.toString('utf8', 48, 48 + headerBytes);
  const header = JSON.parse(text) as Record<string, unknown>;
  const { version, width, count, max, labelsTruncated, labels } = header;
  if (version !== 1 || width !== WIDTH || Object.keys(header).length !== 6)
    throw new Error('its header is another');
  if (
    canonical(header).padEnd(headerBytes) !== text.padEnd(headerBytes) &&
    Buffer.byteLength(text) === text.length
  ) {
    throw new Error('its header is not canonical JSON');
  }
  const pairs = labels as [string, number][];
  const values = WIDTH + TRIANGLE + pairs.length * WIDTH;
  if (file.length !== 48 + headerBytes + values * 8) throw new Error(`it does not hold ${values} numbers`);
  let at = 48 + headerBytes;
  const take = (length: number) => {
    at += length * 8;
    return int64s(file, at - length * 8, length);
  };
  const sum = take(WIDTH);
  const products = take(TRIANGLE);
  return {
    count: count as number,
    max: max as number,
    truncated: labelsTruncated as boolean,
    sum,
    products,
    labels: pairs.map(([label, rows]) => ({ label, count: rows, sum: take(WIDTH) })),
  };
}

/** The int64 values as little-endian bytes. */
function bytesOf({ low, high }: Int64s): Uint8Array {
  const words = new Uint32Array(low.length * 2);
  for (let index = 0; index < low.length; index++) {
    words[index * 2] = low[index]!;
    words[index * 2 + 1] = high[index]!;
  }
  return new Uint8Array(words.buffer);
}

/** The digest of merged sums that `pca/model.json` names. */
export function digestOfSums(sums: SumsFile): string {
  const head = canonical({
    format: 'verger-sums-digest-1',
    width: WIDTH,
    count: sums.count,
    max: sums.max,
    labelsTruncated: sums.truncated,
    labels: sums.labels.map(({ label, count }) => [label, count]),
  });
  const parts = [sums.sum, sums.products, ...sums.labels.map(({ sum }) => sum)];
  return sha256(Buffer.concat([Buffer.from(`${head}\n`), ...parts.map(bytesOf)]));
}
