import { hostname } from 'node:os';
import type { Executor, Logger, WorkerRef } from '@verger/core';
import {
  type ChildInit,
  type ChildRequest,
  type ChildResponse,
  createChildren,
  createLocalExecutor,
} from '@verger/pipeline';
import { createPool } from '@verger/pool';
import { systemClock } from '@verger/runtime';

/** This process in a run's records. */
export const thisWorker: WorkerRef = { host: hostname(), pid: process.pid, name: 'local' };

const IMAGE_LIMITS = { cpuMs: 60_000, wallMs: 600_000, pollMs: 500 };
/** Images that wait in each child's channel, so that it never idles between two. */
const WINDOW = 2;

export interface LocalOptions extends ChildInit {
  readonly processes: number;
  readonly childMemoryBytes: number;
  readonly logger: Logger;
}

/** Starts children and an executor on them. `close` ends both. Errors: what a child's init throws (E_WEIGHTS_PROBE, …). */
export async function startLocal(
  options: LocalOptions,
): Promise<{ executor: Executor; close(): Promise<void> }> {
  const { network, fingerprint, processes, childMemoryBytes, logger } = options;
  const pool = createPool<ChildInit, ChildRequest, ChildResponse>({
    module: new URL(import.meta.resolve('@verger/pipeline/child')),
    processes,
    init: { network, fingerprint },
    limits: { ...IMAGE_LIMITS, memoryBytes: childMemoryBytes },
    window: WINDOW,
    name: 'images',
    logger,
  });
  try {
    await pool.start();
  } catch (error) {
    await pool.close();
    throw error;
  }
  const executor = createLocalExecutor({
    children: createChildren(pool, processes),
    worker: thisWorker,
    clock: systemClock,
    logger,
  });
  return {
    executor,
    close: async () => {
      await executor.close();
      await pool.close();
    },
  };
}
