import { sha256, VergerError } from '@verger/core';
import { bytesInLine } from './listing-line.ts';
import type { ListingSpool } from './spool.ts';

/** Listed bytes of a partition, unless one image alone has more or the number of partitions was given. */
export const MAX_PARTITION_BYTES = 256 * 1024 * 1024;

const NEWLINE = 0x0a;

/** How the user wants it cut; at most one is not null. */
export interface CutOptions {
  readonly partitions: number | null;
  readonly partitionSize: number | null;
}

/** One partition's listing part. */
export interface ListingPart {
  readonly index: number;
  /** The file: JSON lines, UTF-8. */
  readonly lines: Uint8Array;
  readonly images: number;
  /** Listed bytes of its images. */
  readonly bytes: number;
  /** sha256 of `lines`. */
  readonly sha256: string;
}

/** Says whether a partition that holds `images` with `bytes` ends before an image of `nextBytes`. */
type Cutter = (open: { index: number; images: number; bytes: number }, nextBytes: number) => boolean;

/**
 * Cuts a listing into contiguous partitions, a function of listing and options alone. `partitions` gives
 * exactly min(partitions, images), sizes differing by at most 1; `partitionSize`, or by default
 * clamp(ceil(images / 32), 64, 1000), gives partitions of that many images, ended earlier by an image that
 * would take them over 256 MiB. Memory: one partition's lines. Errors: E_USAGE when both are given.
 */
export async function* cutListing(spool: ListingSpool, options: CutOptions): AsyncGenerator<ListingPart> {
  const ends = cutter(spool.images, options);
  let kept: Uint8Array[] = [];
  let open = { index: 0, images: 0, bytes: 0 };
  const part = (): ListingPart => {
    const lines = Buffer.concat(kept);
    return { ...open, lines, sha256: sha256(lines) };
  };
  for await (const lines of spool.lines()) {
    let start = 0;
    for (let at = 0, next = 0; at < lines.length; at = next) {
      next = lines.indexOf(NEWLINE, at) + 1;
      if (next === 0) throw new RangeError('the listing ends inside a line');
      const bytes = bytesInLine(lines, at);
      if (open.images > 0 && ends(open, bytes)) {
        kept.push(lines.subarray(start, at));
        yield part();
        kept = [];
        start = at;
        open = { index: open.index + 1, images: 0, bytes: 0 };
      }
      open.images += 1;
      open.bytes += bytes;
    }
    kept.push(lines.subarray(start));
  }
  if (open.images > 0) yield part();
}

/** The number of images of each partition that `cutListing` makes of images of these sizes. */
export function partitionSizes(imageBytes: readonly number[], options: CutOptions): number[] {
  const ends = cutter(imageBytes.length, options);
  const sizes: number[] = [];
  let open = { index: 0, images: 0, bytes: 0 };
  for (const bytes of imageBytes) {
    if (open.images > 0 && ends(open, bytes)) {
      sizes.push(open.images);
      open = { index: open.index + 1, images: 0, bytes: 0 };
    }
    open = { index: open.index, images: open.images + 1, bytes: open.bytes + bytes };
  }
  return open.images > 0 ? [...sizes, open.images] : sizes;
}

function cutter(images: number, { partitions, partitionSize }: CutOptions): Cutter {
  if (partitions !== null && partitionSize !== null) {
    const detail = 'Use --partitions or --partition-size, not both.';
    throw new VergerError('E_USAGE', { option: '--partitions' }, { detail });
  }
  if (partitions !== null) {
    const count = Math.min(partitions, images);
    const [size, larger] = [Math.floor(images / count), images % count];
    return (open) => open.images >= (open.index < larger ? size + 1 : size);
  }
  const size = partitionSize ?? Math.min(Math.max(Math.ceil(images / 32), 64), 1000);
  return (open, nextBytes) => open.images >= size || open.bytes + nextBytes > MAX_PARTITION_BYTES;
}
