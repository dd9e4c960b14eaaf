import type { RunEvent } from '@verger/core';
import { Counter, Gauge, Registry } from 'prom-client';
import { addProcessMetrics } from './process-metrics.ts';
import { addStageMetrics } from './stage-metrics.ts';

/** What a worker or reducer counts, as Prometheus reads it. */
export interface Metrics {
  readonly registry: Registry;
  /** Takes the events of stage functions. */
  count(event: RunEvent): void;
  jobDone(kind: string, outcome: string, seconds: number): void;
  close(): void;
}

/** Whose metrics they are, and what is read at each scrape. */
export interface MetricsOptions {
  readonly role: 'worker' | 'reducer';
  active(): number;
  connected(): boolean;
  loads(): number;
}

/**
 * The metrics of one process, which read what `live` says at each scrape. `close` ends the sampling of its
 * event loop.
 */
export function createMetrics(live: MetricsOptions): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const counter = <Label extends string>(name: string, help: string, ...labelNames: Label[]) =>
    new Counter({ name, help, labelNames, registers });
  const images = counter('verger_images_total', 'Images processed by this process, by outcome.', 'outcome');
  const taken = 'Jobs taken by this process, by kind and outcome.';
  const jobs = counter('verger_jobs_total', taken, 'kind', 'outcome');
  const seconds = counter('verger_job_seconds_total', 'Wall time of jobs, by kind.', 'kind');
  const failures = counter('verger_failed_attempts_total', 'Failed attempts, by code.', 'code');
  addGauges(registry, live);
  const stages = addStageMetrics(registry, live.role);
  const process = addProcessMetrics(registry);
  if (live.role === 'worker') for (const outcome of ['extracted', 'quarantined']) images.inc({ outcome }, 0);
  return {
    registry,
    count: (event) => {
      if (event.type === 'images:done') {
        images.inc({ outcome: 'extracted' }, Math.max(0, event.extracted));
        images.inc({ outcome: 'quarantined' }, Math.max(0, event.quarantined));
      } else if (event.type === 'attempt:failed') failures.inc({ code: event.code });
      else if (event.type === 'attempt:ended') stages.ended(event);
    },
    jobDone: (kind, outcome, took) => {
      jobs.inc({ kind, outcome });
      seconds.inc({ kind }, took);
    },
    close: () => {
      process.close();
      registry.clear();
    },
  };
}

function addGauges(registry: Registry, live: MetricsOptions): void {
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      ...{ name, help, registers: [registry] },
      collect() {
        this.set(read());
      },
    });
  gauge('verger_jobs_active', 'Jobs in progress.', live.active);
  const connected = '1 while Redis answers, and does what it is asked.';
  gauge('verger_redis_connected', connected, () => (live.connected() ? 1 : 0));
  const starts = 'Starts of child processes with new weights; one if all runs have the same weights.';
  gauge('verger_pool_starts', starts, live.loads);
}
