import { type ImageErrorCode, type ImageRef, type Quarantined, VergerError } from '@verger/core';

/**
 * Rows and quarantine of a partition must be its listing, each image once, in order: listed = extracted +
 * quarantined. What was listed as refused must be in quarantine for that. Gives the row of each listed image,
 * or the code of its quarantine. Throws E_PART_CORRUPT at the first image that is not accounted for.
 */
export function checkRowsAgainstListing(
  rows: { readonly paths: readonly string[]; readonly labels: readonly string[] },
  quarantined: readonly Quarantined[],
  listing: readonly ImageRef[],
): (number | ImageErrorCode)[] {
  let row = 0;
  let bad = 0;
  const places = listing.map((image) => {
    const inRows = rows.paths[row] === image.path && rows.labels[row] === image.label;
    // Escaped names may repeat a path, so a row is preferred only where the listing allows one.
    if (inRows && image.refused === undefined) return row++;
    const record = quarantined[bad++];
    if (isRecordOf(record, image)) return record.code;
    const detail = 'A listed image is neither in its rows nor in its quarantine.';
    throw new VergerError('E_PART_CORRUPT', { path: image.path }, { detail });
  });
  if (row !== rows.paths.length || row !== rows.labels.length || bad !== quarantined.length) {
    throw new VergerError('E_PART_CORRUPT', {}, { detail: 'It contains rows that are not in the listing.' });
  }
  return places;
}

function isRecordOf(record: Quarantined | undefined, image: ImageRef): record is Quarantined {
  return (
    record?.path === image.path &&
    record.label === image.label &&
    record.bytes === image.bytes &&
    (image.refused === undefined || record.code === image.refused)
  );
}
