import type { StoredFile } from '@verger/core';

const HASH_BYTES = 32;

/** Sizes and hashes of one file per partition, 40 bytes each. */
export class FileColumn {
  private readonly sizes: Float64Array;
  private readonly hashes: Buffer;

  constructor(partitions: number) {
    this.sizes = new Float64Array(partitions).fill(-1);
    this.hashes = Buffer.alloc(partitions * HASH_BYTES);
  }

  /** Memory that it takes. */
  get bytes(): number {
    return this.sizes.length * (8 + HASH_BYTES);
  }

  set(partition: number, { sha256, bytes }: StoredFile): void {
    if (partition >= this.sizes.length) return;
    this.sizes[partition] = bytes;
    this.hashes.write(sha256, partition * HASH_BYTES, 'hex');
  }

  /** The file of that partition; undefined when none is known. */
  get(partition: number): StoredFile | undefined {
    const bytes = this.sizes[partition] ?? -1;
    const start = partition * HASH_BYTES;
    if (bytes < 0) return undefined;
    return { bytes, sha256: this.hashes.toString('hex', start, start + HASH_BYTES) };
  }

  /** How many there are, and their bytes in all. */
  total(): { files: number; bytes: number } {
    const there = this.sizes.filter((size) => size >= 0);
    return { files: there.length, bytes: there.reduce((sum, size) => sum + size, 0) };
  }
}
