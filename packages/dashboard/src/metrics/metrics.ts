import { addProcessMetrics } from '@verger/cluster';
import { asVergerError, type Clock, type Logger } from '@verger/core';
import { Gauge, Registry } from 'prom-client';
import { askedRarely } from './asked-rarely.ts';
import type { MetricSources } from './figures.ts';
import { GAUGES, type Look } from './gauges.ts';

/** An answer serves all scrapes for 5 s. */
const KEEP_MS = 5_000;
/** Prometheus gives a scrape up after 10 s, whatever was known of the other sources. */
const LIMIT_MS = 5_000;

/** What the dashboard measures, as Prometheus reads it. */
export interface DashboardMetrics {
  readonly registry: Registry;
  close(): void;
}

/**
 * The metrics of the dashboard. Its sources are asked at a scrape, at most once in 5 s; one that does not
 * answer within 5 s counts as down. `close` ends the sampling of the event loop.
 */
export function createDashboardMetrics(
  sources: MetricSources,
  { clock, logger }: { clock: Clock; logger: Logger },
): DashboardMetrics {
  const look = lookAt(sources, { clock, logger });
  const registry = new Registry();
  for (const { name, help, labels, read } of GAUGES) {
    new Gauge({
      ...{ name, help, labelNames: labels, registers: [registry] },
      async collect() {
        const samples = read(await look());
        this.reset();
        if (labels.length === 0) this.remove(); // a reset leaves 0 where there are no labels
        for (const [labelled, value] of samples) this.set(labelled, value);
      },
    });
  }
  const own = addProcessMetrics(registry);
  return {
    registry,
    close: () => {
      own.close();
      registry.clear();
    },
  };
}

function lookAt(
  { places, runs, queue }: MetricSources,
  { clock, logger }: { clock: Clock; logger: Logger },
): () => Promise<Look> {
  const options = { clock, keepMs: KEEP_MS, limitMs: LIMIT_MS };
  const failed = (of: string) => (error: unknown) => {
    logger.debug({ of, code: asVergerError(error).code }, 'no figures for the metrics');
  };
  const asked = places.map((place) => ({
    place,
    ask: askedRarely(() => runs(place), failed(place), options),
  }));
  const askQueue = queue === undefined ? undefined : askedRarely(queue, failed('Redis'), options);
  return async () => {
    const [found, queueFigures] = await Promise.all([
      Promise.all(asked.map(async ({ place, ask }) => ({ place, runs: await ask() }))),
      askQueue === undefined ? undefined : askQueue().then((figures) => figures ?? null),
    ]);
    return { nowMs: Date.parse(clock.now()), places: found, queue: queueFigures };
  };
}
