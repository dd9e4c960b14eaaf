import { VergerError } from '@verger/core';

/** A location with exactly one '/' at its end, so that `/data/out` is no root of `/data/output`. */
const asFolder = (location: string) => `${location.replace(/\/+$/, '')}/`;

/** True when the location is one of the roots or lies below one. No roots: everything is allowed. Both as `Storage.describe()` gives them. */
export function isAllowed(location: string, roots: readonly string[]): boolean {
  if (location.split('/').includes('..')) return false;
  return roots.length === 0 || roots.some((root) => asFolder(location).startsWith(asFolder(root)));
}

/** Errors: E_LOCATION_DENIED when a job names a place that this process may not work at. */
export function checkAllowed(location: string, roots: readonly string[]): void {
  if (isAllowed(location, roots)) return;
  throw new VergerError('E_LOCATION_DENIED', { location }, { detail: `Allowed are ${roots.join(', ')}.` });
}
