import { createPool } from '../pool.ts';
import type { TestInit, TestRequest } from './child.ts';

/**
 * A process with a pool of two children which tells their pids and then waits to be killed. Its first
 * argument is what they shall do.
 */
const quiet = () => {};
const pool = createPool<TestInit, TestRequest, unknown>({
  module: new URL('./child.ts', import.meta.url),
  processes: 2,
  init: { marker: 'orphan' },
  limits: { cpuMs: 600_000, wallMs: 600_000, memoryBytes: 2 ** 30, pollMs: 50 },
  window: 1,
  name: 'orphans',
  logger: { debug: quiet, info: quiet, warn: quiet, error: quiet },
});
await pool.start();
const act = process.argv[2] as TestRequest['act'] | 'idle' | undefined;
if (act === 'busy' || act === 'hang' || act === 'native')
  for (let child = 0; child < 2; child++) void pool.run({ value: 1000, act });
// This one answers at once, and leaves its thread busy.
if (act === 'busy-thread') await Promise.all([0, 1].map(() => pool.run({ value: 0, act })));
process.send?.(pool.stats().pids);
