import { readFile } from 'node:fs/promises';
import { type Manifest, type ReuseSource, runLayout, VergerError } from '@verger/core';
import { cutListing, type ListingPart, listImages, parseLabelRule } from '@verger/listing';
import { readSuccess } from '@verger/run';
import { systemClock } from '@verger/runtime';
import { stageContext } from '@verger/stages';
import {
  outputOf,
  probeConditionalWrites,
  removeEmptyTemporaries,
  removeStaleTemporaries,
} from '@verger/storage';
import {
  type Examination,
  goesToItsEnd,
  lostFeatures,
  missingInSource,
  openRepair,
  plannedFiles,
  planRepair,
  repairFiles,
} from '@verger/verify';
import type { Driver } from './driver.ts';
import { openImages } from './find-run.ts';
import { networkOfRun } from './find-weights.ts';
import { openEpochAndFollow } from './follow-run.ts';
import { startChildren } from './open-executor.ts';
import { spoolTemporarily } from './plan-run.ts';
import { hasLostCalibration, restoreCalibration, withLostCalibration } from './restore-calibration.ts';
import { earlierReuse } from './reuse.ts';
import {
  type CheckedRun,
  type OpenChildren,
  type Verified,
  type VerifyRequest,
  verifyRun,
} from './verify-run.ts';

/**
 * Findings after a repair may hide others (features that were not there to be checked): this many rounds at
 * most.
 */
const MOST_ROUNDS = 3;

/** True for faults that a repair can do something about. */
export function isRepairable({ findings }: Examination): boolean {
  return findings.some(({ severity, repair }) => severity === 'fault' && repair !== 'none');
}

/**
 * Repairs what an examination found, in epochs of their own, and examines again until nothing is left that
 * can be repaired. Gives the last examination. A run that was finished is taken to its end again; one whose
 * calibration is lost for good is left as it is. Errors: what repairing, extracting or finishing throws.
 */
export async function repairRun(driver: Driver, request: VerifyRequest, first: Verified): Promise<Verified> {
  // Once: the first repair makes an unfinished run one under repair, and images that nobody asked for must
  // not follow from that.
  const goesOn = goesToItsEnd(first);
  let examination = first;
  if (hasLostCalibration(first)) {
    const why = await restoreCalibration(driver, request);
    // Without it neither features nor the report can be made again: nothing is removed.
    if (why !== undefined) return withLostCalibration(first, why);
    examination = await verifyRun(driver, request);
  }
  for (let round = 0; round < MOST_ROUNDS && isRepairable(examination); round += 1) {
    const before = JSON.stringify(examination.findings);
    examination = await repairOnce(driver, request, { examination, goesOn }, (open) =>
      verifyRun(driver, request, open),
    );
    if (JSON.stringify(examination.findings) === before) break;
  }
  return examination;
}

/**
 * One round of repair, in an epoch of its own; takes the run to its end if it `goesOn`. Features come from
 * the run that they were taken from, if there is one, else from the images. `andThen` is done with the same
 * children. Errors: what repairing, extracting or finishing throws.
 */
export async function repairOnce<T>(
  driver: Driver,
  checked: CheckedRun,
  { examination, goesOn }: { readonly examination: Examination; readonly goesOn: boolean },
  andThen: (open: OpenChildren) => Promise<T>,
): Promise<T> {
  const { manifest, store } = checked.run;
  const { operational } = checked.options;
  const images = openImages(driver, manifest);
  const plan = planRepair(examination, manifest);
  const { reuse, needsNetwork } = await sourcesOf(driver, manifest, { examination, goesOn });
  const init = needsNetwork
    ? networkOfRun(driver, checked.run, operational)
    : { network: null, fingerprint: manifest.fingerprint };
  const open = startChildren(driver, operational, init);
  try {
    await open.ready();
    driver.signal.throwIfAborted();
    await probeConditionalWrites(driver.storages.open(outputOf(store.describe())));
    const by = open.services.worker;
    const epoch = await openRepair({ manifest, store }, examination, { by, at: systemClock.now() });
    await removeStaleTemporaries(store.describe());
    const run = { manifest, store, images, epoch: epoch.epoch, reuse };
    const ctx = stageContext(open.services, { run, signal: driver.signal, emit: () => {} });
    driver.emit({ type: 'repair:start', epoch: epoch.epoch, files: plannedFiles(plan, manifest) });
    await repairFiles(ctx, examination, { relist: () => relist(driver, manifest) });
    const isFinished = (await readSuccess(store)) !== undefined;
    if (isFinished) await removeEmptyTemporaries(store.describe());
    else if (goesOn) {
      const { finish } = epoch;
      const submission = {
        ...{ store, images, manifest, finish, epoch, reuse },
        cause: 'repair',
        remake: [],
      } as const;
      await openEpochAndFollow(driver, open, submission);
    }
    return await andThen({ services: open.services, hasNetwork: needsNetwork });
  } finally {
    await open.close();
  }
}

/**
 * Where lost features come from. A refit takes them from its source only where that has all of them as they
 * were: else the images and their weights are needed.
 */
async function sourcesOf(
  driver: Driver,
  manifest: Manifest,
  { examination, goesOn }: { readonly examination: Examination; readonly goesOn: boolean },
): Promise<{ reuse: ReuseSource | undefined; needsNetwork: boolean }> {
  const plan = planRepair(examination, manifest);
  const { partDigits } = manifest;
  const { lost, images } = lostFeatures(plan, examination, { partDigits, goesOn });
  if (lost.length === 0) return { reuse: undefined, needsNetwork: images };
  const reuse = await earlierReuse(driver, examination.epoch?.reuse);
  if (reuse?.whole !== true) return { reuse, needsNetwork: true };
  const missing = await missingInSource(reuse, lost);
  if (missing === undefined) return { reuse, needsNetwork: images };
  const file = `${reuse.store.describe()}/${runLayout(reuse.manifest.partDigits).features(missing)}`;
  driver.emit({ type: 'repair:source-changed', file });
  return { reuse: undefined, needsNetwork: true };
}

/** The listing again, cut as it was; nothing where that cannot be: another label file, no images. */
async function* relist(driver: Driver, manifest: Manifest): AsyncGenerator<ListingPart> {
  const { extraction } = manifest;
  if (extraction.label.startsWith('csv:')) return;
  try {
    const { labeler } = await parseLabelRule(extraction.label, (file) => readFile(file, 'utf8'));
    const { signal } = driver;
    const images = listImages(openImages(driver, manifest), extraction, labeler, { signal });
    const spool = await spoolTemporarily(images);
    try {
      yield* cutListing(spool, extraction);
    } finally {
      await spool.dispose();
    }
  } catch (error) {
    if (!(error instanceof VergerError)) throw error;
    driver.emit({ type: 'repair:not-listed', message: error.message });
  }
}
