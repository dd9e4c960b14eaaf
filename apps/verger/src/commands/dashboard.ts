import { type DashboardOptions, VergerError } from '@verger/core';
import { createRunActions, type RunActions, startDashboard } from '@verger/dashboard';
import { workerName } from '@verger/driver/runs';
import {
  createLogger,
  type ResolvedConfig,
  type RuntimeLogger,
  readConfigFile,
  readS3Options,
  resolveDashboard,
  systemClock,
} from '@verger/runtime';
import { createStorages, type Storages } from '@verger/storage';
import type { Command, CommandInput } from '../cli/command.ts';
import { readConfig } from '../cli/read-config.ts';
import { healthAddress, untilEnded } from '../cli/serve.ts';
import { programName } from '../print/program-name.ts';
import { storageFlags } from '../print/run-activity.ts';

/**
 * `verger dashboard`: serves runs and queues over HTTP until it is told to end. Logs JSON lines to stderr.
 */
export const dashboard: Command = async (input) => {
  const warnings: string[] = [];
  // Standard error has the JSON lines of the log only.
  const out = { ...input.out, note: (text: string) => void warnings.push(text) };
  const config = await readConfig({ ...input, out });
  const options = await readDashboardOptions(input);
  const { operational } = config;
  const name = workerName(operational);
  const logger = createLogger({ level: 'info', json: true }).child({ worker: name });
  input.storages.onWait((text) => logger.warn({}, text));
  for (const warning of warnings) logger.warn({}, warning);
  const acting = options.allowActions ? storagesOfActions(input, options) : undefined;
  const actions =
    acting === undefined ? undefined : actionsOf(input, { storages: acting, options, config, logger });
  if (actions !== undefined) logger.warn({}, 'users of the dashboard may change runs (--allow-actions)');
  const start = async () => {
    const { url, healthUrl, done, close } = await startDashboard({
      ...options,
      password: options.dashboardPassword,
      redisUrl: operational.redis,
      prefix: operational.queuePrefix,
      name,
      health: healthAddress(operational.health),
      clock: systemClock,
      logger,
      allowRoots: operational.allowRoots,
      storages: input.storages,
      storageFlags: storageFlags(input.flags),
      program: programName(),
      actions,
    });
    logger.info({ url, ...(healthUrl === undefined ? {} : { health: healthUrl }) }, 'serves the dashboard');
    return { done, close: async () => await close() };
  };
  try {
    return await untilEnded(start, { graceMs: 0, logger, signal: input.signal, target: process });
  } finally {
    await acting?.close();
  }
};

/** Errors: E_CONFIG; E_USAGE when there is nothing to show. */
async function readDashboardOptions({ flags, env, cwd }: CommandInput): Promise<DashboardOptions> {
  const file = await readConfigFile(cwd);
  const options = resolveDashboard({ flags, env, file });
  if (options.places.length > 0) return options;
  const detail = 'Name at least one place that holds runs: --place or VERGER_PLACES.';
  throw new VergerError('E_USAGE', { option: '--place' }, { detail });
}

/** Storages with the rights to change runs: those of a profile of their own, where one is named. */
function storagesOfActions(
  { flags, env, cwd }: CommandInput,
  { actionsProfile: profile }: DashboardOptions,
): Storages {
  return createStorages(async () => {
    const file = await readConfigFile(cwd);
    if (profile === null) return await readS3Options({ flags, env, file });
    const s3 = await readS3Options({ flags, env: { ...env, AWS_PROFILE: profile }, file });
    return { ...s3, profile };
  });
}

function actionsOf(
  { signal }: CommandInput,
  parts: {
    readonly storages: Storages;
    readonly options: DashboardOptions;
    readonly config: ResolvedConfig;
    readonly logger: RuntimeLogger;
  },
): RunActions {
  const { options, ...rest } = parts;
  return createRunActions({ ...rest, redisUrl: options.actionsRedis, signal });
}
