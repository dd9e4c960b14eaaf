import { onShutdown } from '../shutdown.ts';

/**
 * A process that waits for signals: `graceful` ends with code 7 on the first, `stuck` never ends by itself,
 * `disposed` does not listen.
 */
const mode = process.argv[2];
const alive = setInterval(() => {}, 1000);
const dispose = onShutdown(async (signal) => {
  process.send?.(signal);
  if (mode !== 'graceful') return;
  clearInterval(alive);
  process.exitCode = 7;
  process.disconnect();
});
if (mode === 'disposed') dispose();
process.send?.('ready');
