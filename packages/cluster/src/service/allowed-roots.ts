import { VergerError } from '@verger/core';
import { realLocation } from '@verger/storage';

/** A location with exactly one '/' at its end, so that `/data/out` is no root of `/data/output`. */
const asFolder = (location: string) => `${location.replace(/\/+$/, '')}/`;

/**
 * True when the location is one of the roots or lies below one. No roots: everything is allowed. Both as
 * `Storage.describe()` gives them.
 */
export function isAllowed(location: string, roots: readonly string[]): boolean {
  if (location.split('/').includes('..')) return false;
  return roots.length === 0 || roots.some((root) => asFolder(location).startsWith(asFolder(root)));
}

/**
 * A local folder must lie below one of the roots by its name and with links resolved; a bucket by its name.
 * Errors: E_LOCATION_DENIED when a job names a place that this process may not work at.
 */
export async function checkAllowed(location: string, roots: readonly string[]): Promise<void> {
  if (roots.length === 0 && isAllowed(location, roots)) return;
  const detail = `${location} is in none of the allowed places: ${roots.join(', ')}.`;
  if (!isAllowed(location, roots)) throw new VergerError('E_LOCATION_DENIED', { location }, { detail });
  const real = await realLocation(location);
  if (isAllowed(real, await Promise.all(roots.map(realLocation)))) return;
  const linked = `${location} is a link to ${real}, which is in none of the allowed places`;
  throw new VergerError('E_LOCATION_DENIED', { location }, { detail: `${linked}: ${roots.join(', ')}.` });
}
