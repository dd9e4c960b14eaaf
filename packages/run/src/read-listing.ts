import { type ImageRef, type Run, runLayout, VergerError } from '@verger/core';
import { parseListingPart } from '@verger/listing';
import { requireFile, sha256Async } from './records.ts';

/**
 * The listing part of a partition, after its hash was compared with the manifest's. Errors: E_RUN_CORRUPT.
 */
export async function readListing(
  { manifest, store }: Pick<Run, 'manifest' | 'store'>,
  partition: number,
): Promise<ImageRef[]> {
  const file = runLayout(manifest.partDigits).listing(partition);
  const bytes = await requireFile(store, file);
  if ((await sha256Async(bytes)) !== manifest.partitions[partition]?.sha256) {
    throw new VergerError(
      'E_RUN_CORRUPT',
      { partition, location: `${store.describe()}/${file}` },
      { detail: 'Its sha256 does not match the manifest.' },
    );
  }
  return parseListingPart(bytes);
}
