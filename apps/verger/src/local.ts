import type { Executor } from '@verger/core';
import { systemClock } from '@verger/runtime';
import {
  createChildren,
  createImagePool,
  createLocalExecutor,
  type ImagePoolOptions,
  pause,
  type StageServices,
} from '@verger/stages';
import { thisWorker } from './this-worker.ts';

/** What the children of a command load and may use. */
export type LocalOptions = ImagePoolOptions;

/** Children that start, and an executor on them. */
export interface Local {
  /** Once the children are ready. Errors: what a child's init throws (E_WEIGHTS_PROBE, …). */
  ready(): Promise<Executor>;
  /** For work of this process on the same children; only once they are ready. */
  readonly services: StageServices;
  /** Ends executor and children, also children that still start. */
  close(): Promise<void>;
}

/** Begins to start children, so that they load while something else is done. */
export function startLocal(options: LocalOptions): Local {
  const { processes, logger } = options;
  const pool = createImagePool(options);
  const children = createChildren(pool, processes);
  const services = { children, worker: thisWorker, clock: systemClock, logger, pause };
  const executor = createLocalExecutor(services);
  const started = pool.start();
  started.catch(() => {}); // thrown where it is awaited, in ready
  return {
    services,
    ready: async () => {
      await started;
      return executor;
    },
    close: async () => {
      await executor.close();
      await pool.close();
    },
  };
}
