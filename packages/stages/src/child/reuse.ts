import { FEATURES, type ImageErrorCode, VergerError } from '@verger/core';
import { featuresInRange } from '@verger/features';
import { decodeFeatures, type StoredFeatures } from '@verger/tables';
import { checkRowsAgainstListing } from './check-rows.ts';
import type { ChildCalls, ReusedRows } from './protocol.ts';

/**
 * Features of some images of a committed features file of another run. File, digest and rows against its
 * listing must hold (E_PART_CORRUPT): what is wrong in it must not be passed on under a new digest. Cost: as
 * decoding the file.
 */
export async function reuseRows(request: ChildCalls['reuse']['request']): Promise<ReusedRows> {
  const stored = await decodeFeatures(request.features, request.rowsDigest);
  const places = checkRowsAgainstListing(stored, stored.metadata.quarantined, request.listing);
  checkFeatureRange(stored);
  const found: (ImageErrorCode | null)[] = [];
  const good: number[] = [];
  for (const index of request.wanted) {
    const place = places[index];
    if (place === undefined) throw new RangeError(`the listing has no image ${index}`);
    found.push(typeof place === 'number' ? null : place);
    if (typeof place === 'number') good.push(place);
  }
  return { found, features: pickFeatures(stored, good) };
}

/** Features that no extractor gives are E_PART_CORRUPT. */
export function checkFeatureRange({ features }: StoredFeatures): void {
  if (featuresInRange(features)) return;
  throw new VergerError('E_PART_CORRUPT', {}, { detail: 'It contains a feature outside [0, 8).' });
}

/** The features of some rows, row-major [rows.length, 1280]. */
export function pickFeatures({ features }: StoredFeatures, rows: readonly number[]): Float32Array {
  const picked = new Float32Array(rows.length * FEATURES);
  for (const [index, row] of rows.entries()) {
    picked.set(features.subarray(row * FEATURES, (row + 1) * FEATURES), index * FEATURES);
  }
  return picked;
}
