import { type ImageErrorCode, VergerError } from '@verger/core';
import { featuresInRange } from '@verger/features';
import { decodeFeatures } from '@verger/tables';
import type { ChildCalls, SourceRows } from './child-protocol.ts';
import { checkRowsAgainstListing } from './rows-check.ts';

/**
 * What a committed features file of another run holds. File, digest and rows against its listing must hold
 * (E_PART_CORRUPT): what is wrong in it must not be passed on under a new digest. Cost: as decoding the file.
 */
export async function sourceRows({
  features: bytes,
  rowsDigest,
  listing,
}: ChildCalls['reuse']['request']): Promise<SourceRows> {
  const { features, paths, labels, metadata } = await decodeFeatures(bytes);
  const { quarantined } = metadata;
  if (metadata.rowsDigest !== rowsDigest) {
    throw new VergerError('E_PART_CORRUPT', {}, { detail: 'Its features are not those of its commit.' });
  }
  checkRowsAgainstListing({ paths, labels }, quarantined, listing);
  if (!featuresInRange(features)) {
    throw new VergerError('E_PART_CORRUPT', {}, { detail: 'It holds a feature outside [0, 8).' });
  }
  return { codes: codesOf(listing, paths, quarantined), features };
}

/** For each image of the listing null for a row, or the code of its quarantine: the same walk as `checkRowsAgainstListing`, which has passed. */
function codesOf(
  listing: ChildCalls['reuse']['request']['listing'],
  paths: readonly string[],
  quarantined: readonly { readonly code: ImageErrorCode }[],
): (ImageErrorCode | null)[] {
  let row = 0;
  let bad = 0;
  return listing.map((image) => {
    if (paths[row] === image.path && image.refused === undefined) {
      row += 1;
      return null;
    }
    bad += 1;
    return quarantined[bad - 1]?.code ?? 'E_IMG_READ';
  });
}
