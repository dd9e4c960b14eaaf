import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { RunEvent } from '@verger/core';
import { Counter, Gauge, Registry } from 'prom-client';

/** What a worker or reducer counts, as Prometheus reads it. */
export interface Metrics {
  readonly registry: Registry;
  /** Takes the events of stage functions. */
  count(event: RunEvent): void;
  jobDone(kind: string, outcome: string, seconds: number): void;
  close(): void;
}

/** Event loop delays are sampled every 10 ms; each scrape tells those since the one before. */
const DELAY_RESOLUTION_MS = 10;

/**
 * The metrics of one process, which read what `live` says at each scrape. `close` ends the sampling of its
 * event loop.
 */
export function createMetrics(live: {
  active: () => number;
  connected: () => boolean;
  loads: () => number;
}): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const counter = <Label extends string>(name: string, help: string, ...labelNames: Label[]) =>
    new Counter({ name, help, labelNames, registers });
  const images = counter('verger_images_total', 'Images processed by this process, by outcome.', 'outcome');
  const taken = 'Jobs taken by this process, by kind and outcome.';
  const jobs = counter('verger_jobs_total', taken, 'kind', 'outcome');
  const seconds = counter('verger_job_seconds_total', 'Wall time of jobs, by kind.', 'kind');
  const failures = counter('verger_failed_attempts_total', 'Failed attempts, by code.', 'code');
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      ...{ name, help, registers },
      collect() {
        this.set(read());
      },
    });
  gauge('verger_jobs_active', 'Jobs in progress.', live.active);
  const connected = '1 while Redis answers, and does what it is asked.';
  gauge('verger_redis_connected', connected, () => (live.connected() ? 1 : 0));
  const starts = 'Starts of child processes with new weights; one if all runs have the same weights.';
  gauge('verger_pool_starts', starts, live.loads);
  gauge('verger_resident_bytes', 'Resident memory of the main process.', () => process.memoryUsage.rss());
  const delay = monitorEventLoopDelay({ resolution: DELAY_RESOLUTION_MS });
  delay.enable();
  new Gauge({
    name: 'verger_event_loop_delay_seconds',
    help: 'Event loop delay since the last scrape.',
    labelNames: ['quantile'],
    registers,
    collect() {
      this.set({ quantile: '0.5' }, delay.percentile(50) / 1e9);
      this.set({ quantile: '0.99' }, delay.percentile(99) / 1e9);
      this.set({ quantile: '1' }, delay.max / 1e9);
      delay.reset();
    },
  });
  return {
    registry,
    count: (event) => {
      if (event.type === 'images:done') {
        images.inc({ outcome: 'extracted' }, Math.max(0, event.extracted));
        images.inc({ outcome: 'quarantined' }, Math.max(0, event.quarantined));
      } else if (event.type === 'attempt:failed') failures.inc({ code: event.code });
    },
    jobDone: (kind, outcome, took) => {
      jobs.inc({ kind, outcome });
      seconds.inc({ kind }, took);
    },
    close: () => {
      delay.disable();
      registry.clear();
    },
  };
}
