import { type Logger, VergerError } from '@verger/core';
import { cancelRun, findRun } from '@verger/driver/runs';
import type { ResolvedConfig } from '@verger/runtime';
import type { Storages } from '@verger/storage';
import type { RunActions } from './runs/action-page.ts';

const NO_REDIS = 'This dashboard was started without VERGER_ACTIONS_REDIS_URL: it can cancel, not resume.';

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

/**
 * Cancel and resume through the driver, as the commands do it; resume submits and returns. What drives a run
 * is loaded by the first resume. Errors: of both, those of the storage; of resume, E_CONFIG without a Redis
 * that takes submissions, E_REDIS_… and E_WEIGHTS_….
 */
export function createRunActions(options: RunActionsOptions): RunActions {
  const { storages, logger, redisUrl } = options;
  const cancel = async (location: string) => {
    await cancelRun(await findRun(storages, location));
    logger.info({ location }, 'a user of the dashboard cancelled the run');
  };
  // Two at once would each open an epoch: the second waits for the first.
  const underWay = new Map<string, Promise<void>>();
  const resume = async (location: string) => {
    if (redisUrl === null) throw new VergerError('E_CONFIG', { option: '--actions-redis' }, { detail: NO_REDIS });
    const known = underWay.get(location);
    if (known !== undefined) return await known;
    const resuming = resumeDetached(location, { ...options, redisUrl });
    underWay.set(location, resuming);
    try {
      await resuming;
    } finally {
      underWay.delete(location);
    }
  };
  return { cancel, resume };
}

async function resumeDetached(
  location: string,
  { storages, config, redisUrl: redis, logger, signal }: RunActionsOptions,
): Promise<void> {
  const { resumeRun } = await import('@verger/driver');
  const run = await findRun(storages, location);
  const options = { ...config, operational: { ...config.operational, redis, detach: true } };
  await resumeRun({ storages, logger, signal, emit: () => {} }, { run, options });
  logger.info({ location }, 'a user of the dashboard resumed the run');
}
