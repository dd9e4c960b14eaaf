import type { Logger } from '@verger/core';
import { cancelRun, findRun } from '@verger/driver/runs';
import type { ResolvedConfig } from '@verger/runtime';
import { outputOf, type Storages } from '@verger/storage';
import { fetchPublishedWeights } from './published-weights.ts';

/** What users may do to runs, by the location of each. */
export interface RunActions {
  /** Stops a run as `verger cancel` does; one that has ended stays as it is. Errors: those of the storage. */
  cancel(location: string): Promise<void>;
  /**
   * Submits what is missing, as `verger resume --redis … --detach` does. Undefined without a Redis that takes
   * submissions. Errors: E_REDIS_…, E_WEIGHTS_…, those of the storage.
   */
  readonly resume?: (location: string) => Promise<void>;
}

/** With which rights actions are done: not those of reading. */
export interface RunActionsOptions {
  readonly storages: Storages;
  /** Its `operational.redis` is replaced by `redisUrl`. */
  readonly config: ResolvedConfig;
  /** Null: runs are cancelled only. */
  readonly redisUrl: string | null;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** Cancel and resume through the driver. What drives a run is loaded by the first resume. */
export function createRunActions(options: RunActionsOptions): RunActions {
  const { storages, logger, redisUrl } = options;
  const cancel = async (location: string) => {
    await cancelRun(await findRun(storages, location));
    logger.info({ location }, 'a user of the dashboard cancelled the run');
  };
  if (redisUrl === null) return { cancel };
  // Two at once would each open an epoch: the second waits for the first.
  const underWay = new Map<string, Promise<void>>();
  const resume = (location: string) => {
    const known = underWay.get(location);
    if (known !== undefined) return known;
    const resuming = resumeDetached(location, { ...options, redisUrl }).finally(() => {
      underWay.delete(location);
    });
    underWay.set(location, resuming);
    return resuming;
  };
  return { cancel, resume };
}

async function resumeDetached(
  location: string,
  { storages, config, redisUrl: redis, logger, signal }: RunActionsOptions,
): Promise<void> {
  const { resumeRun } = await import('@verger/driver');
  const run = await findRun(storages, location);
  const { operational } = config;
  const published =
    operational.weights === null
      ? await fetchPublishedWeights(storages.open(outputOf(run.location)), run.manifest.fingerprint)
      : undefined;
  const weights = published?.path ?? operational.weights;
  const options = { ...config, operational: { ...operational, weights, redis, detach: true } };
  try {
    // A repair takes children and the images, which a dashboard has not.
    const request = { run, options, repair: false } as const;
    await resumeRun({ storages, logger, signal, emit: () => {} }, request);
  } finally {
    await published?.remove();
  }
  logger.info({ location }, 'a user of the dashboard resumed the run');
}
