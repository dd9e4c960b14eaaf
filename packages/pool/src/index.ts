export { childExecArgv } from './child.ts';
export type { RunOptions } from './entry.ts';
export { PoolError } from './errors.ts';
export type { PoolLimits, PoolReason, ProcessUsage } from './limits.ts';
export { createPool, type Pool, type PoolOptions, type PoolStats } from './pool.ts';
export { serveChild } from './serve.ts';
export { readUsage } from './usage.ts';
