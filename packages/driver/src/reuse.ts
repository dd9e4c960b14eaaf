import {
  canonicalJson,
  type Fingerprint,
  type Precision,
  type Reuse,
  type ReuseSource,
  VergerError,
} from '@verger/core';
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
    checkPrecision(found, fingerprint.precision ?? 'float32');
    const there = manifest.fingerprint.weightsSha256;
    const detail =
      there === fingerprint.weightsSha256
        ? 'Both have int8 networks, but with other calibrations.'
        : `That run has weights of sha256 ${there}; this one has ${fingerprint.weightsSha256}.`;
    throw new VergerError('E_WEIGHTS_OTHER', { option: '--reuse', location }, { detail });
  }
  emit({ type: 'reuse:from', manifest, otherImages: manifest.images === images ? null : images });
  return { manifest, store, whole: false };
}

/** Errors: E_USAGE when the features of that run have another precision than is wanted. */
export function checkPrecision({ manifest, location }: FoundRun, wanted: Precision): void {
  const { precision = 'float32' } = manifest.fingerprint;
  if (precision === wanted) return;
  const detail =
    `The features of that run are ${precision}, this run asks for ${wanted}. ` +
    `Use --precision ${precision}, or do not reuse them.`;
  throw new VergerError('E_USAGE', { option: '--reuse', location }, { detail });
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
