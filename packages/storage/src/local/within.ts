import { resolve } from 'node:path';
import { VergerError } from '@verger/core';
import { contains, realFolder } from './real-path.ts';

/**
 * Errors: E_LOCATION_DENIED when the folder, links resolved, lies below none of the places; no places:
 * everything is allowed.
 */
export async function checkWithin(folder: string, places: readonly string[] = []): Promise<void> {
  if (places.length === 0) return;
  const real = await realFolder(folder);
  for (const place of places) {
    if (contains(place, real)) return;
    const there = await realFolder(resolve(place)).catch(() => undefined);
    if (there !== undefined && contains(there, real)) return;
  }
  const detail = `It links to ${real}; allowed places: ${places.join(', ')}.`;
  throw new VergerError('E_LOCATION_DENIED', { location: folder }, { detail });
}
