import { canonicalJson, type Fingerprint, type Reuse, type ReuseSource, VergerError } from '@verger/core';
import type { CommandInput } from './cli/command.ts';
import { type FoundRun, findRun } from './find-run.ts';

/** The run that `--reuse` names, before anything is listed; undefined without the flag. Errors: E_RUN_NOT_FOUND, E_RUN_AMBIGUOUS. */
export async function findReuse({ flags, storages }: CommandInput): Promise<FoundRun | undefined> {
  const words = flags['reuse'];
  return typeof words === 'string' ? await findRun(storages, words) : undefined;
}

/**
 * A run whose features may be taken for images of that place. Features of other weights are no features of this run: E_WEIGHTS_OTHER.
 * Other images may share names, so another place is said aloud.
 */
export function checkReuse(
  found: FoundRun | undefined,
  { fingerprint, images }: { fingerprint: Fingerprint; images: string },
  input: CommandInput,
): ReuseSource | undefined {
  if (found === undefined) return undefined;
  const { manifest, store, location } = found;
  if (canonicalJson(manifest.fingerprint) !== canonicalJson(fingerprint)) {
    const detail = `That run has weights of sha256 ${manifest.fingerprint.weightsSha256}; this one has ${fingerprint.weightsSha256}.`;
    throw new VergerError('E_WEIGHTS_OTHER', { option: '--reuse', location }, { detail });
  }
  input.out.note(`reusing features of run ${manifest.runId} where images are unchanged`);
  if (manifest.images !== images) {
    input.out.note(
      `warning: ${manifest.runId} is of the images in ${manifest.images}, not in ${images}; those of the same path, bytes and time are taken to be the same`,
    );
  }
  return { manifest, store, whole: false };
}

/** The run that an epoch names as one whose features may be taken, if it is still there and the same: for `resume` and repairs. */
export async function earlierReuse(
  named: Reuse | undefined,
  { out, storages }: CommandInput,
): Promise<ReuseSource | undefined> {
  if (named === undefined) return undefined;
  try {
    const { manifest, store: source } = await findRun(storages, named.location);
    if (manifest.identity === named.identity) return { manifest, store: source, whole: named.whole };
  } catch (error) {
    if (!(error instanceof VergerError)) throw error;
  }
  out.note(`note: run ${named.runId}, whose features were to be taken, is no longer at ${named.location}`);
  return undefined;
}
