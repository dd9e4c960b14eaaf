import type { GivenModel, LeftOut, Manifest, ReuseSource, Storage } from '@verger/core';
import { createRun, type FrozenFiles, joins, readEpoch, spoolFiles } from '@verger/run';
import { joinLocation } from '@verger/storage';
import type { Driver, RunOptions } from './driver.ts';
import { findRun, openImages } from './find-run.ts';
import { findWeights, type Network, networkOfRun } from './find-weights.ts';
import { finishOf, openEpochAndFollow } from './follow-run.ts';
import { type OpenExecutor, openExecutor } from './open-executor.ts';
import { checkFinished, type RunOutcome, type SubmittedRun } from './outcome.ts';
import { checkPlaces, planRun } from './plan-run.ts';
import { checkReuse } from './reuse.ts';
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
  /** Of a transform: the model, its bytes, and the manifest whose weights are needed. */
  readonly given?:
    | { readonly model: GivenModel; readonly bytes: Uint8Array; readonly manifest: Manifest }
    | undefined;
}

/**
 * Lists images, plans their run, and takes it to its end; joins the run of that id when it is there, and
 * verifies one that is finished. Children start while weights are read and the folder is listed. Errors:
 * E_INPUT_…, E_WEIGHTS_…, E_OUTPUT_…, E_RUN_CONFLICT, E_REDIS_…, and what ends the run.
 */
export async function startRun(
  driver: Driver,
  { images, options, otherwise = 'download', given }: RunRequest,
): Promise<RunOutcome | SubmittedRun> {
  const { operational } = options;
  // Found before anything is listed.
  const { reuse: named } = operational;
  const reusable = named === null ? undefined : await findRun(driver.storages, named);
  const source = openImages(driver, { images, extraction: options.extraction });
  driver.storages.open(operational.output); // a place that is misspelt is told before anything is listed
  await checkPlaces(source, operational.output, driver.signal);
  const network: Promise<Network> =
    given === undefined
      ? findWeights(driver, { ...operational, otherwise })
      : networkOfRun(driver, given.manifest, operational);
  const open = await openExecutor(driver, operational, network);
  try {
    const { fingerprint } = await network;
    const reuse = checkReuse(driver, reusable, { fingerprint, images: source.describe() });
    const planned = await planRun(driver, source, { options, fingerprint, model: given?.model });
    try {
      const { manifest, spool, leftOut } = planned;
      const frozen = spoolFiles(manifest, spool, given?.bytes);
      const outcome = await createAndFollow(driver, open, {
        ...{ options, manifest, frozen, reuse, leftOut },
        images: source,
      });
      return { ...outcome, leftOut };
    } finally {
      await planned.spool.dispose();
    }
  } finally {
    await open.close();
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
