const SIGNATURE = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];

/**
 * The length in bytes that an HDF5 file says it has: the end-of-file address in its superblock ("HDF5 File
 * Format Specification", II.A), or undefined when the bytes do not begin with a superblock of version 0 to 3
 * with 8-byte offsets. Cheap: reads the first 56 bytes.
 */
export function hdf5FileBytes(bytes: Uint8Array): number | undefined {
  if (SIGNATURE.some((byte, index) => bytes[index] !== byte)) return undefined;
  const version = bytes[8];
  const offsetSize = version === 0 || version === 1 ? bytes[13] : bytes[9];
  // Versions 0 and 1: base, free space, end of file. Versions 2 and 3: base, extension, end of file.
  const endAt = version === 0 ? 40 : version === 1 ? 44 : version === 2 || version === 3 ? 28 : undefined;
  if (endAt === undefined || offsetSize !== 8 || bytes.length < endAt + 8) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Number(view.getBigUint64(endAt, true));
}

/** Bytes with what is read of them. Each throws RangeError outside. */
export interface Hdf5 {
  readonly view: DataView;
  /** An address or a size. */
  u64(at: number): number;
  /** Counts steps of the object that is looked at. Throws a text when there are too many. */
  spend(steps: number): void;
}
