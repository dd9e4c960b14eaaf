import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { Logger } from '@verger/core';
import type { PoolLimits } from '../limits.ts';
import { createPool, type Pool } from '../pool.ts';
import type { TestInit, TestRequest } from './child.ts';

/** A pool of test children. */
export type TestPool = Pool<TestRequest, unknown, TestInit>;

export interface HarnessOptions {
  readonly processes?: number;
  readonly window?: number;
  readonly loadAhead?: number;
  readonly init?: Partial<TestInit> | Promise<TestInit>;
  readonly limits?: Partial<PoolLimits>;
  readonly env?: Record<string, string>;
  readonly closeGraceMs?: number;
}

const quiet = () => {};
const silent: Logger = { debug: quiet, info: quiet, warn: quiet, error: quiet };

/** Limits that no test child breaks by accident. */
const generous: PoolLimits = { cpuMs: 60_000, wallMs: 120_000, memoryBytes: 2 ** 30, pollMs: 20 };

/** A pool that is not started. */
export function testPool(options: HarnessOptions = {}): TestPool {
  const { processes = 2, window = 4, init, limits, ...rest } = options;
  return createPool<TestInit, TestRequest, unknown>({
    module: new URL('./child.ts', import.meta.url),
    processes,
    window,
    init: init instanceof Promise ? init : { marker: 'test', ...init },
    limits: { ...generous, ...limits },
    name: 'test',
    logger: silent,
    ...rest,
  });
}

/** False once a process is gone; one that only waits to be reaped counts as gone. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat[stat.lastIndexOf(')') + 2] !== 'Z';
  } catch {
    return process.platform !== 'linux';
  }
}

/** Waits until the condition holds. The bound is only for a broken build, which would wait for ever. */
export async function until(what: string, condition: () => boolean): Promise<void> {
  const deadline = performance.now() + 60_000;
  while (!condition()) {
    if (performance.now() > deadline) assert.fail(`never: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Runs a body with a started pool, closes it, and sees that no child it ever showed is left. */
export async function withPool(
  options: HarnessOptions,
  body: (pool: TestPool) => Promise<void>,
): Promise<void> {
  const pool = testPool(options);
  await pool.start();
  const pids = new Set(pool.stats().pids);
  try {
    await body(pool);
  } finally {
    for (const pid of pool.stats().pids) pids.add(pid);
    await pool.close();
  }
  assert.deepEqual(pool.stats().pids, []);
  for (const pid of pids) assert.equal(isAlive(pid), false, `child ${pid} is left`);
}
