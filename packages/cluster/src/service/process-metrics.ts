import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Gauge, type Registry } from 'prom-client';

/** Event loop delays are sampled every 10 ms; each scrape tells those since the one before. */
const DELAY_RESOLUTION_MS = 10;

/**
 * Adds memory and event loop delay of this process to a registry. `close` ends the sampling of the event
 * loop.
 */
export function addProcessMetrics(registry: Registry): { close(): void } {
  const registers = [registry];
  new Gauge({
    name: 'verger_resident_bytes',
    help: 'Resident memory of the main process.',
    registers,
    collect() {
      this.set(process.memoryUsage.rss());
    },
  });
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
  return { close: () => void delay.disable() };
}
