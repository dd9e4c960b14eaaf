import { FEATURES, type ImageErrorCode, VergerError } from '@verger/core';
import { featuresInRange } from '@verger/features';
import { decodeFeatures } from '@verger/tables';
import { checkRowsAgainstListing } from './check-rows.ts';
import type { ChildCalls, ReusedRows } from './protocol.ts';

/**
 * Features of some images of a committed features file of another run. File, digest and rows against its
 * listing must hold (E_PART_CORRUPT): what is wrong in it must not be passed on under a new digest. Cost: as
 * decoding the file.
 */
export async function reuseRows({
  features: bytes,
  rowsDigest,
  listing,
  wanted,
}: ChildCalls['reuse']['request']): Promise<ReusedRows> {
  const stored = await decodeFeatures(bytes);
  const { quarantined } = stored.metadata;
  if (stored.metadata.rowsDigest !== rowsDigest) {
    throw new VergerError('E_PART_CORRUPT', {}, { detail: 'Its features do not match its commit.' });
  }
  checkRowsAgainstListing(stored, quarantined, listing);
  if (!featuresInRange(stored.features)) {
    throw new VergerError('E_PART_CORRUPT', {}, { detail: 'It contains a feature outside [0, 8).' });
  }
  const places = placesOf(listing, stored.paths, quarantined);
  const found: (ImageErrorCode | null)[] = [];
  const good: number[] = [];
  for (const index of wanted) {
    const place = places[index];
    if (place === undefined) throw new RangeError(`the listing has no image ${index}`);
    found.push(typeof place === 'number' ? null : place);
    if (typeof place === 'number') good.push(place);
  }
  const features = new Float32Array(good.length * FEATURES);
  for (const [index, row] of good.entries()) {
    features.set(stored.features.subarray(row * FEATURES, (row + 1) * FEATURES), index * FEATURES);
  }
  return { found, features };
}

/**
 * For each image of the listing its row, or the code of its quarantine: the same walk as
 * `checkRowsAgainstListing`, which has passed.
 */
function placesOf(
  listing: ChildCalls['reuse']['request']['listing'],
  paths: readonly string[],
  quarantined: readonly { readonly code: ImageErrorCode }[],
): (number | ImageErrorCode)[] {
  let row = 0;
  let bad = 0;
  return listing.map((image) => {
    if (paths[row] === image.path && image.refused === undefined) {
      row += 1;
      return row - 1;
    }
    bad += 1;
    return quarantined[bad - 1]?.code ?? 'E_IMG_READ';
  });
}
