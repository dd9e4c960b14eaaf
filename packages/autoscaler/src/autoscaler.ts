import { setTimeout as pause } from 'node:timers/promises';
import { type HealthServer, serveHealth } from '@verger/cluster';
import { type Clock, defer, type Logger, within } from '@verger/core';
import { openQueueReader, type QueueReader } from '@verger/queue';
import type { Storages } from '@verger/storage';
import type { ScalingPolicy } from './desired-capacity.ts';
import { type Fleet, tellingFleet } from './fleet.ts';
import { createScalingMetrics } from './metrics.ts';
import { RunWatch } from './run-watch.ts';
import { Scaler } from './scaler.ts';
import { ScalingFiles } from './scaling-files.ts';

/** How often the line of progress is logged, which the alarm of the safety net counts on. */
const PROGRESS_MS = 60_000;
/** A step under way is waited for so long at the end. */
const END_MS = 1_500;
/** The first connection to Redis. */
const FIRST_MS = 3_000;
const POLL_MS = 25;

/** What the autoscaler is started with. */
export interface AutoscalerSetup {
  /** A Redis URL whose user may only read. */
  readonly redisUrl: string;
  readonly prefix: string;
  /** Name of this process at Redis. */
  readonly name: string;
  readonly storages: Storages;
  readonly places: readonly string[];
  /** Undefined: it only tells. */
  readonly fleet: Fleet | undefined;
  readonly policy: ScalingPolicy;
  readonly intervalMs: number;
  /** Where `/healthz`, `/readyz` and `/metrics` are served; null for nowhere. */
  readonly health: { readonly host: string; readonly port: number } | null;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** An autoscaler that works. */
export interface Autoscaler {
  readonly healthUrl: string | undefined;
  /** Resolves when it has been closed. */
  readonly done: Promise<void>;
  /** Ends it; the fleet stays as it is. */
  close(): Promise<void>;
}

/**
 * Looks, decides and asks every few seconds until it is closed. While queue, storage or group cannot be seen
 * it holds, and goes on when they are back. Errors: E_CONFIG, of the health address and the Redis URL.
 */
export async function startAutoscaler(setup: AutoscalerSetup): Promise<Autoscaler> {
  const { clock, logger, policy, intervalMs, redisUrl: url, prefix, name } = setup;
  const reader = openQueueReader({ url, prefix, name, logger, role: 'autoscaler' });
  const fleet = setup.fleet ?? tellingFleet(() => scaler.aliveVcpus);
  const metrics = createScalingMetrics();
  const files = new ScalingFiles({ ...setup, group: fleet.group });
  const scaler: Scaler = new Scaler({
    ...{
      watch: new RunWatch({ ...setup, reader }),
      fleet,
      policy,
      intervalMs,
      files,
      metrics,
      clock,
      logger,
    },
  });
  const health = await startHealth(setup, scaler, metrics).catch(async (error: unknown) => {
    metrics.close();
    await reader.close();
    throw error;
  });
  const ending = new AbortController();
  const loop = firstAnswer(reader, ending.signal).then(() =>
    repeat(() => scaler.step(), intervalMs, ending.signal),
  );
  const minute = setInterval(() => scaler.tellProgress(), PROGRESS_MS);
  const { promise: done, resolve: end } = defer<void>();
  let closed: Promise<void> | undefined;
  const close = async () => {
    ending.abort();
    clearInterval(minute);
    await within(loop, END_MS, async () => undefined);
    await Promise.all([health?.close(), reader.close()]);
    fleet.close();
    metrics.close();
    end();
  };
  return {
    healthUrl: health?.url,
    done,
    close: () => {
      closed ??= close();
      return closed;
    },
  };
}

async function startHealth(
  { health }: AutoscalerSetup,
  scaler: Scaler,
  { registry }: ReturnType<typeof createScalingMetrics>,
): Promise<HealthServer | undefined> {
  if (health === null) return undefined;
  return await serveHealth(health, { sick: () => undefined, busy: () => scaler.holding, registry });
}

/** Waits a little for the connection, so that a start does not begin with an error. */
async function firstAnswer(reader: QueueReader, signal: AbortSignal): Promise<void> {
  for (let waitedMs = 0; waitedMs < FIRST_MS && !signal.aborted; waitedMs += POLL_MS) {
    if (reader.trouble === undefined && reader.queues !== undefined) return;
    await pause(POLL_MS, undefined, { signal }).catch(() => undefined);
  }
}

async function repeat(step: () => Promise<void>, intervalMs: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await step();
    await pause(intervalMs, undefined, { signal }).catch(() => undefined);
  }
}
