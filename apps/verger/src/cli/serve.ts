import { hostname } from 'node:os';
import type { Service, ServiceOptions } from '@verger/cluster';
import { asVergerError, type OperationalOptions, VergerError } from '@verger/core';
import { workerName } from '@verger/driver/runs';
import {
  createLogger,
  exitLater,
  onShutdown,
  type RuntimeLogger,
  type SignalledProcess,
  systemClock,
} from '@verger/runtime';
import type { Command, CommandInput } from './command.ts';
import { readConfig } from './read-config.ts';

/** Without a job for so long although jobs wait, a process ends, so that its supervisor starts another. */
const WATCHDOG_MS = 5 * 60_000;
/** After the grace: for jobs to go back and connections to close. Then the process ends whatever hangs. */
const HARD_MS = 2000;

/**
 * Runs a worker or a reducer until a signal ends it, also while it starts, or it cannot go on. Logs JSON
 * lines to stderr.
 */
export async function serve(
  input: CommandInput,
  start: (options: ServiceOptions) => Promise<Service>,
  target: SignalledProcess = process,
): Promise<number> {
  const warnings: string[] = [];
  // Standard error has the JSON lines of the log only.
  const out = { ...input.out, note: (text: string) => void warnings.push(text) };
  const { operational } = await readConfig({ ...input, out });
  const redisUrl = requireRedis(operational);
  const { cpuModel } = await import('@verger/cluster');
  const { instanceType } = operational;
  const worker = {
    ...{ host: hostname(), pid: process.pid, name: workerName(operational), cpu: cpuModel() },
    ...(instanceType === null ? {} : { instanceType }),
  };
  const logger = createLogger({ level: 'info', json: true }).child({ worker: worker.name });
  input.storages.onWait((text) => logger.warn({}, text));
  for (const warning of warnings) logger.warn({}, warning);
  if (operational.allowRoots.length === 0) {
    logger.warn({}, 'no --allow-root: jobs may use any place');
  }
  const startService = async () => {
    // Not while the first jobs are under way: locks are to be renewed then, and health is to be answered for.
    await input.storages.prepare(operational.allowRoots);
    const service = await start({
      ...operational,
      redisUrl,
      prefix: operational.queuePrefix,
      worker,
      clock: systemClock,
      logger,
      allowRoots: operational.allowRoots.map((root) => input.storages.open(root).describe()),
      health: healthAddress(operational.health),
      openStorage: (location, open) => input.storages.open(location, open),
      watchdogMs: WATCHDOG_MS,
    });
    const where = service.healthUrl === undefined ? {} : { health: service.healthUrl };
    logger.info({ ...where, processes: operational.processes }, 'takes jobs');
    return service;
  };
  const graceMs = operational.graceSeconds * 1000;
  return await untilEnded(startService, { graceMs, logger, signal: input.signal, target });
}

/** What `untilEnded` ends. */
export interface Serving {
  readonly done: Promise<void>;
  close(graceMs: number): Promise<void>;
}

interface Ending {
  readonly graceMs: number;
  readonly logger: RuntimeLogger;
  /** Aborted by the first signal of this process, before the listener here hears of it. */
  readonly signal: AbortSignal;
  readonly target: SignalledProcess;
}

/** Runs what `start` gives until a signal ends it, also while it starts, or it cannot go on. */
export async function untilEnded(
  start: () => Promise<Serving>,
  { graceMs, logger, signal: ended, target }: Ending,
): Promise<number> {
  const started: { service?: Serving } = {};
  const unlisten = onShutdown(
    async (signal) => {
      logger.info({ signal, graceMs }, 'ending');
      await started.service?.close(graceMs);
    },
    { logger, graceMs: graceMs + HARD_MS, process: target },
  );
  try {
    if (ended.aborted) return 0;
    const service = await start();
    started.service = service;
    // The signal came while there was nothing to close yet.
    if (ended.aborted) await service.close(0);
    await service.done;
    return 0;
  } catch (thrown) {
    const error = asVergerError(thrown);
    logger.error({ code: error.code }, error.message);
    await closeOrExit(started.service, error.exit, target);
    throw error;
  } finally {
    unlisten();
  }
}

/** What made a process useless may hang in its end, too. */
async function closeOrExit(
  service: Serving | undefined,
  code: number,
  target: SignalledProcess,
): Promise<void> {
  const disarm = exitLater(code, HARD_MS, target);
  try {
    await service?.close(0);
  } finally {
    disarm();
  }
}

/** `--health` as host and port; null for nowhere. Errors: E_USAGE. */
export function healthAddress(text: string | null): { host: string; port: number } | null {
  if (text === null) return null;
  const mark = text.lastIndexOf(':');
  const port = Number(text.slice(mark + 1));
  if (port > 65_535) {
    throw new VergerError('E_USAGE', { option: '--health' }, { detail: `There is no port ${port}.` });
  }
  return { host: text.slice(0, mark).replace(/^\[|\]$/g, ''), port };
}

/** Errors: E_USAGE when no Redis was named. */
function requireRedis({ redis }: OperationalOptions): string {
  if (redis !== null) return redis;
  const detail = 'A Redis server is required: --redis or VERGER_REDIS_URL.';
  throw new VergerError('E_USAGE', { option: '--redis' }, { detail });
}

/** `verger worker`: extracts and projects partitions from a Redis queue until it is told to end. */
export const worker: Command = async (input) =>
  await serve(input, (await import('@verger/cluster')).startWorker);

/** `verger reducer`: merges sums, fits and finishes runs from a Redis queue until it is told to end. */
export const reducer: Command = async (input) =>
  await serve(input, (await import('@verger/cluster')).startReducer);
