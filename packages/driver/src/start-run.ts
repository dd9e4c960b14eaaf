import type { GivenModel, LeftOut, Manifest, ReuseSource, Storage } from '@verger/core';
import { createRun, type FrozenFiles, joins, readEpoch, spoolFiles } from '@verger/run';
import { joinLocation } from '@verger/storage';
import type { Driver, RunOptions } from './driver.ts';
import { type FoundRun, findRun, openImages } from './find-run.ts';
import { finishOf, openEpochAndFollow } from './follow-run.ts';
import { type OpenExecutor, openExecutor } from './open-executor.ts';
import { checkFinished, type RunOutcome, type SubmittedRun } from './outcome.ts';
import { checkPlaces, planRun } from './plan-run.ts';
import { checkReuse } from './reuse.ts';
import { type RunNetwork, startRunNetwork } from './run-network.ts';
import { tellUnfinishedRuns } from './unfinished-runs.ts';

/** What `startRun` is asked for. */
export interface RunRequest {
  /** A folder, or s3://BUCKET/PREFIX. */
  readonly images: string;
  readonly options: RunOptions;
  /**
   * When no weights are found: download those that Keras publishes (default), or take seeded, untrained ones.
   */
  readonly otherwise?: 'download' | 'untrained' | undefined;
  /** Of a transform: the model, its bytes, and the run whose network is needed. */
  readonly given?:
    | { readonly model: GivenModel; readonly bytes: Uint8Array; readonly source: FoundRun }
    | undefined;
}

/**
 * Lists images, plans their run, and takes it to its end; joins the run of that id when it is there, and
 * verifies one that is finished. Children start while weights are read and the folder is listed. Errors:
 * E_INPUT_…, E_WEIGHTS_…, E_OUTPUT_…, E_RUN_CONFLICT, E_REDIS_…, and what ends the run.
 */
export async function startRun(driver: Driver, request: RunRequest): Promise<RunOutcome | SubmittedRun> {
  const { images, options, otherwise = 'download', given } = request;
  const { operational } = options;
  // Found before anything is listed.
  const { reuse: named } = operational;
  const reusable = named === null ? undefined : await findRun(driver.storages, named);
  const source = openImages(driver, { images, extraction: options.extraction });
  driver.storages.open(operational.output); // a place that is misspelt is told before anything is listed
  await checkPlaces(source, operational.output, driver.signal);
  const making = await startRunNetwork(driver, {
    ...{ images: source, extraction: options.extraction, operational, otherwise, reusable },
    source: given?.source,
  });
  try {
    if (operational.redis !== null) await making.found;
    const open = making.children ?? (await openExecutor(driver, operational, making.network));
    try {
      return await planAndFollow(driver, open, { request, making, reusable, images: source });
    } finally {
      await open.close();
    }
  } finally {
    await making.close();
  }
}

interface Started {
  readonly request: RunRequest;
  readonly making: RunNetwork;
  readonly reusable: FoundRun | undefined;
  readonly images: Storage;
}

async function planAndFollow(
  driver: Driver,
  open: OpenExecutor,
  { request: { options, given }, making, reusable, images }: Started,
): Promise<RunOutcome | SubmittedRun> {
  await making.found;
  const { networkFor } = making;
  // Known before anything is listed wherever features may be taken.
  const known = reusable === undefined ? undefined : await making.network;
  const reuse = known && checkReuse(driver, reusable, { ...known, images: images.describe() });
  const planned = await planRun(driver, images, { options, networkFor, model: given?.model });
  try {
    const { manifest, spool, leftOut } = planned;
    const { calibration } = await making.network;
    const frozen = spoolFiles(manifest, spool, { model: given?.bytes, calibration });
    const run = { options, manifest, frozen, reuse, leftOut, images };
    return { ...(await createAndFollow(driver, open, run)), leftOut };
  } finally {
    await planned.spool.dispose();
  }
}

/** A run that is planned, and not yet there. */
export interface PlannedRun {
  readonly options: RunOptions;
  readonly manifest: Manifest;
  readonly images: Storage;
  readonly frozen: FrozenFiles;
  readonly reuse: ReuseSource | undefined;
  /** What the listing did not take; undefined where nothing was listed. */
  readonly leftOut?: LeftOut | undefined;
}

/**
 * Creates a planned run, or joins the one of that id, and takes it to its end; one that is finished is
 * verified.
 */
export async function createAndFollow(
  driver: Driver,
  open: OpenExecutor,
  { options, manifest, images, frozen, reuse, leftOut }: PlannedRun,
): Promise<RunOutcome | SubmittedRun> {
  const { output, strict, detach, deadline } = options.operational;
  const store = driver.storages.open(joinLocation(output, manifest.runId));
  const joined = await joins(store, manifest);
  const newest = joined ? await readEpoch(store) : undefined;
  const finish = finishOf(newest, options);
  const checked = joined ? await checkFinished({ store, manifest }, { finish, newest }) : { remake: [] };
  if ('already' in checked) return checked;
  await tellUnfinishedRuns(driver, output, manifest);
  const submission = {
    ...{ store, images, manifest, finish, leftOut, strict, deadline },
    cause: 'run',
    remake: checked.remake,
    // A run has nothing to take from itself.
    reuse: reuse?.store.describe() === store.describe() ? undefined : reuse,
    create: async () => await createRun(store, manifest, frozen),
  } as const;
  return await openEpochAndFollow(driver, open, submission, { detach });
}
