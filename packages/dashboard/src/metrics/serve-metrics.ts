import { type HealthServer, serveHealth } from '@verger/cluster';
import type { Clock, Logger } from '@verger/core';
import type { QueueReader } from '@verger/queue';
import type { RunIndex } from '@verger/run-index';
import { createDashboardMetrics } from './metrics.ts';
import { readQueueFigures } from './queue-source.ts';
import { runSource } from './run-source.ts';

/** What the metrics of a dashboard read. */
export interface MetricsSetup {
  readonly index: RunIndex;
  /** Undefined: the dashboard was given no Redis. */
  readonly reader: QueueReader | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Serves `/healthz`, `/readyz` and `/metrics` of a dashboard. Errors: E_CONFIG. */
export async function serveMetrics(
  address: { readonly host: string; readonly port: number },
  { index, reader, clock, logger }: MetricsSetup,
): Promise<HealthServer> {
  const queue = reader === undefined ? {} : { queue: () => readQueueFigures(reader) };
  const metrics = createDashboardMetrics({ ...runSource(index, clock), ...queue }, { clock, logger });
  const well = () => undefined;
  try {
    const server = await serveHealth(address, { sick: well, busy: well, registry: metrics.registry });
    return {
      url: server.url,
      close: async () => {
        await server.close();
        metrics.close();
      },
    };
  } catch (error) {
    metrics.close();
    throw error;
  }
}
