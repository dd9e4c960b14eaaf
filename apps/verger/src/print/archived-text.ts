import { counted, formatCount } from '@verger/core';

/** How many images are in a storage class that must be restored before reading, and what happens to them. */
export function archivedText(archived: number, listed: number): string {
  const are = archived === 1 ? 'is' : 'are';
  return (
    `${formatCount(archived)} of ${counted(listed, 'image')} ${are} archived (GLACIER, DEEP_ARCHIVE) and ` +
    'cannot be read until restored (E_IMG_ARCHIVED)'
  );
}
