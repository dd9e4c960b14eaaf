import { counted, formatCount } from '@verger/core';

/**
 * How many images are of a storage class whose bytes are given only after a restore, and what becomes of
 * them.
 */
export function archivedText(archived: number, listed: number): string {
  const are = archived === 1 ? 'is' : 'are';
  return (
    `${formatCount(archived)} of ${counted(listed, 'image')} ${are} in an archive (GLACIER, DEEP_ARCHIVE); ` +
    'those that are not restored cannot be read (E_IMG_ARCHIVED)'
  );
}
