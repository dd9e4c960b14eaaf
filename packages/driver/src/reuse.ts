import { canonicalJson, type Fingerprint, type Reuse, type ReuseSource, VergerError } from '@verger/core';
import type { Driver } from './driver.ts';
import { type FoundRun, findRun } from './find-run.ts';

/**
 * A run whose features may be taken for images of that place. Features of other weights are no features of
 * this run: E_WEIGHTS_OTHER. Other images may share names, so another place is reported.
 */
export function checkReuse(
  { emit }: Pick<Driver, 'emit'>,
  found: FoundRun | undefined,
  { fingerprint, images }: { readonly fingerprint: Fingerprint; readonly images: string },
): ReuseSource | undefined {
  if (found === undefined) return undefined;
  const { manifest, store, location } = found;
  if (canonicalJson(manifest.fingerprint) !== canonicalJson(fingerprint)) {
    const there = manifest.fingerprint.weightsSha256;
    const detail = `That run has weights of sha256 ${there}; this one has ${fingerprint.weightsSha256}.`;
    throw new VergerError('E_WEIGHTS_OTHER', { option: '--reuse', location }, { detail });
  }
  emit({ type: 'reuse:from', manifest, otherImages: manifest.images === images ? null : images });
  return { manifest, store, whole: false };
}

/**
 * The run that an epoch names as one whose features may be taken, if it is still there and the same: for
 * `resume` and repairs.
 */
export async function earlierReuse(
  { emit, storages }: Pick<Driver, 'emit' | 'storages'>,
  named: Reuse | undefined,
): Promise<ReuseSource | undefined> {
  if (named === undefined) return undefined;
  try {
    const { manifest, store: source } = await findRun(storages, named.location);
    if (manifest.identity === named.identity) return { manifest, store: source, whole: named.whole };
  } catch (error) {
    if (!(error instanceof VergerError)) throw error;
  }
  emit({ type: 'reuse:gone', runId: named.runId, location: named.location });
  return undefined;
}
