import { asVergerError, type ImageRef, RUN_FILES, type Storage, setAsideFile, sha256 } from '@verger/core';
import { newestEpoch, readFile, readListing } from '@verger/run';
import type { Examination, Finding } from '@verger/verify';
import { startCalibration } from './calibrate-run.ts';
import type { Driver } from './driver.ts';
import { type FoundRun, openImages } from './find-run.ts';
import { findSource, weightsOfRun } from './find-weights.ts';
import type { CheckedRun } from './verify-run.ts';

const isLost = ({ repair, severity }: Finding) => severity === 'fault' && repair === 'calibrate';

/** True for findings of a run's calibration. */
export const isOfCalibration = ({ file }: Finding): boolean => file === RUN_FILES.calibration;

/** True where the calibration of a run is missing or damaged. */
export function hasLostCalibration({ findings }: Examination): boolean {
  return findings.some(isLost);
}

/**
 * Measures the sample of a run again and puts its calibration in place, where that gives the very bytes that
 * its fingerprint names: same images, weights, seed, `calibrationImages` and kind of machine. Gives why not,
 * as a sentence; undefined when it is in place.
 */
export async function restoreCalibration(
  driver: Driver,
  { run, options }: CheckedRun,
): Promise<string | undefined> {
  const { manifest, store } = run;
  const { operational } = options;
  if (manifest.model !== undefined) return `It is that of run ${manifest.model.runId}: copy it from there.`;
  const weights = findSource(driver, weightsOfRun(manifest, operational)).then(({ source }) => source);
  const { extraction } = manifest;
  const images = openImages(driver, manifest);
  const calibrating = startCalibration(driver, { images, extraction, operational, weights });
  try {
    const bytes = await calibrating.calibrate({ read: () => listedImages(run) });
    if (sha256(bytes) !== manifest.fingerprint.calibrationSha256)
      return (
        `The images now give another one with ${operational.calibrationImages} images: copy it from a run ` +
        'with the same fingerprint, or repeat this with the --calibration-images of the run.'
      );
    await putInPlace(store, bytes);
    return undefined;
  } catch (thrown) {
    driver.signal.throwIfAborted();
    const { code, message } = asVergerError(thrown);
    return `It could not be measured again (${code}: ${message})`;
  } finally {
    await calibrating.close();
  }
}

/** Puts a calibration in its place; a damaged one goes to set-aside/ first. */
async function putInPlace(store: Storage, bytes: Uint8Array): Promise<void> {
  const file = RUN_FILES.calibration;
  if ((await store.create(file, bytes)) === 'created') return;
  const damaged = await readFile(store, file);
  if (damaged !== undefined) {
    const target = setAsideFile(await newestEpoch(store), file);
    if ((await store.create(target, damaged)) === 'exists') await store.replace(target, damaged);
  }
  await store.replace(file, bytes);
}

async function* listedImages(run: FoundRun): AsyncGenerator<ImageRef> {
  for (const partition of run.manifest.partitions.keys()) yield* await readListing(run, partition);
}

/** An examination that says why the calibration cannot be made again. */
export function withLostCalibration<T extends Examination>(examination: T, why: string): T {
  const told = (one: Finding): Finding =>
    isLost(one) ? { ...one, what: `${one.what} ${why}`, repair: 'none' } : one;
  return { ...examination, findings: examination.findings.map(told) };
}
