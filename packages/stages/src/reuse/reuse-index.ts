import { mapBounded, type ReuseSource, runLayout } from '@verger/core';
import { parseListingPart } from '@verger/listing';

/**
 * Paths and labels are mostly short: the first line of a listing part is nearly always within so many bytes.
 */
const HEAD_BYTES = 64 * 1024;
/** Listing parts that are looked at at once. */
const HEADS_AT_ONCE = 8;

/** Where the images of another run are. */
export interface ReuseIndex {
  /** A partition with the same listing part, to the last byte. */
  same(listingSha256: string): number | undefined;
  /** Partitions that may hold a path from `first` to `last` (inclusive, in byte order), ascending. */
  overlapping(first: string, last: string): readonly number[];
}

/**
 * Reads the first line of each listing part: listings are in byte order of the path, so a merge of two needs
 * no more to know which partitions meet. Memory: one path a partition. Of a part that cannot be read only its
 * neighbours are known; who uses a part checks it whole.
 */
export async function readReuseIndex({ manifest, store }: ReuseSource): Promise<ReuseIndex> {
  const layout = runLayout(manifest.partDigits);
  const places = new Map(manifest.partitions.map(({ sha256 }, index) => [sha256, index]));
  const heads = await mapBounded([...manifest.partitions.keys()], HEADS_AT_ONCE, async (partition) => {
    const file = layout.listing(partition);
    const head = await store.read(file, { range: { start: 0, end: HEAD_BYTES } });
    if (head.status !== 'read') return undefined;
    const end = head.bytes.indexOf(0x0a) + 1;
    try {
      return parseListingPart(head.bytes.subarray(0, end))[0]?.path;
    } catch {
      return undefined;
    }
  });
  const from: Buffer[] = [];
  for (const head of heads) from.push(head === undefined ? (from.at(-1) ?? Buffer.of()) : Buffer.from(head));
  const to: (Buffer | undefined)[] = [];
  for (let index = heads.length - 1; index >= 0; index -= 1) {
    to[index] = heads[index + 1] === undefined ? to[index + 1] : from[index + 1];
  }
  return {
    same: (sha256) => places.get(sha256),
    overlapping: (first, last) => {
      const [low, high] = [Buffer.from(first), Buffer.from(last)];
      return from.flatMap((begin, partition) => {
        const end = to[partition];
        const before = end !== undefined && Buffer.compare(end, low) <= 0;
        return before || Buffer.compare(begin, high) > 0 ? [] : [partition];
      });
    },
  };
}
