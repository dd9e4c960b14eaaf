import { openAwsFleet, policyOf, startAutoscaler } from '@verger/autoscaler';
import { type AutoscalerOptions, VergerError } from '@verger/core';
import { workerName } from '@verger/driver/runs';
import {
  createLogger,
  type RuntimeLogger,
  readConfigFile,
  resolveAutoscaler,
  systemClock,
} from '@verger/runtime';
import type { Command, CommandInput } from '../cli/command.ts';
import { readConfig } from '../cli/read-config.ts';
import { healthAddress, type Serving, untilEnded } from '../cli/serve.ts';

/**
 * `verger autoscaler`: follows the runs of a queue and asks a group for the workers that they need, or only
 * says how many, until it is told to end. Logs JSON lines to stderr.
 */
export const autoscaler: Command = async (input) => {
  const warnings: string[] = [];
  // Standard error has the JSON lines of the log only.
  const out = { ...input.out, note: (text: string) => void warnings.push(text) };
  const { operational } = await readConfig({ ...input, out });
  const options = await readAutoscalerOptions(input);
  const { redis, queuePrefix: prefix } = operational;
  if (redis === null) throw missing('--redis', 'A Redis server is required: --redis or VERGER_REDIS_URL.');
  const name = workerName(operational);
  const logger = createLogger({ level: 'info', json: true }).child({ worker: name });
  input.storages.onWait((text) => logger.warn({}, text));
  for (const warning of warnings) logger.warn({}, warning);
  const health = healthAddress(operational.health);
  const start = () => serve(input, { options, health, name, logger, redisUrl: redis, prefix });
  return await untilEnded(start, { graceMs: 0, logger, signal: input.signal, target: process });
};

interface Serve {
  readonly options: AutoscalerOptions;
  readonly health: ReturnType<typeof healthAddress>;
  readonly name: string;
  readonly logger: RuntimeLogger;
  readonly redisUrl: string;
  readonly prefix: string;
}

async function serve({ storages, env }: CommandInput, { options, ...parts }: Serve): Promise<Serving> {
  const { places, group, intervalSeconds } = options;
  const policy = policyOf(options);
  const region = env['AWS_REGION'] ?? env['AWS_DEFAULT_REGION'];
  const fleet = group === null ? undefined : await openAwsFleet(group, region);
  const { healthUrl, done, close } = await startAutoscaler({
    ...parts,
    ...{ storages, places, fleet, policy, intervalMs: intervalSeconds * 1000, clock: systemClock },
  });
  const where = healthUrl === undefined ? {} : { health: healthUrl };
  parts.logger.info({ ...where, group, policy }, 'follows the runs');
  return { done, close: async () => await close() };
}

/** Errors: E_CONFIG; E_USAGE when there is nothing to follow. */
async function readAutoscalerOptions({ flags, env, cwd }: CommandInput): Promise<AutoscalerOptions> {
  const file = await readConfigFile(cwd);
  const options = resolveAutoscaler({ flags, env, file });
  if (options.places.length > 0) return options;
  throw missing('--place', 'Name at least one place that holds runs: --place or VERGER_PLACES.');
}

function missing(option: string, detail: string): VergerError {
  return new VergerError('E_USAGE', { option }, { detail });
}
