import { createHash } from 'node:crypto';

/**
 * The key of the seal, always the last entry of a Parquet footer. Parquet has no checksum that readers check
 * by default: a flipped byte in a PLAIN page reads back without an error, and a flipped length may make a
 * reader allocate gigabytes. So the file is checked whole before anything in it is believed.
 */
export const SEAL_KEY = 'verger.seal';

/** What is in place of the seal while the file is hashed. */
export const SEAL_BLANK = '0'.repeat(64);

// As Thrift's compact protocol writes that entry: the key, then field 2 (delta 1, binary), then the length
// 64.
const marker = Buffer.concat([Buffer.from(SEAL_KEY), Buffer.from([0x18, SEAL_BLANK.length])]);

const asBuffer = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** The place of the seal: [start, end). Undefined when the file has none. */
function sealRange(file: Buffer): [number, number] | undefined {
  // The last one: whatever a path or a label holds comes before it.
  const at = file.lastIndexOf(marker);
  const start = at + marker.length;
  const end = start + SEAL_BLANK.length;
  return at < 0 || end > file.length ? undefined : [start, end];
}

function digest(file: Buffer, [start, end]: [number, number]): string {
  const hash = createHash('sha256').update(file.subarray(0, start)).update(SEAL_BLANK);
  return hash.update(file.subarray(end)).digest('hex');
}

/**
 * Writes the seal, in place: sha256 of the whole file with 64 zeros in place of the seal. About 1 ms a MiB.
 */
export function seal(bytes: Uint8Array): void {
  const file = asBuffer(bytes);
  const range = sealRange(file);
  if (range === undefined) throw new RangeError('the file has no place for a seal');
  file.write(digest(file, range), range[0], 'latin1');
}

/** True when not one bit of the file differs from what was sealed. About 1 ms a MiB. */
export function isSealIntact(bytes: Uint8Array): boolean {
  const file = asBuffer(bytes);
  const range = sealRange(file);
  return range !== undefined && digest(file, range) === file.toString('latin1', ...range);
}
