import type { Executor, Logger } from '@verger/core';
import {
  type ChildInit,
  type ChildRequest,
  type ChildResponse,
  createChildren,
  createLocalExecutor,
  pause,
  type StageServices,
} from '@verger/pipeline';
import { createPool, type Pool } from '@verger/pool';
import { NO_TELEMETRY, systemClock } from '@verger/runtime';
import { thisWorker } from './this-worker.ts';

/** A child's CPU time is limited; wall time, generous, ends what neither computes nor ends. */
const WALL_PER_CPU = 10;
const MIN_WALL_MS = 600_000;
const POLL_MS = 500;
/** Images that wait in each child's channel, so that it never idles between two. */
const WINDOW = 2;

export interface LocalOptions {
  /** What children begin with; where it is still being made they load meanwhile, and `ready` throws what that throws. */
  readonly init: ChildInit | Promise<ChildInit>;
  readonly processes: number;
  readonly childMemoryBytes: number;
  readonly imageCpuSeconds: number;
  readonly logger: Logger;
}

/** Children that start, and an executor on them. */
export interface Local {
  /** Once the children are ready. Errors: what a child's init throws (E_WEIGHTS_PROBE, …). */
  ready(): Promise<Executor>;
  /** For work of this process on the same children; only once they are ready. */
  readonly services: StageServices;
  /** Ends executor and children, also children that still start. */
  close(): Promise<void>;
}

/** Only what children need: the rest would be sent to each. */
const initOf = ({ network, fingerprint }: ChildInit): ChildInit => ({ network, fingerprint });

/** The pool of children as every command has it; not started. */
export function createImagePool(options: LocalOptions): Pool<ChildRequest, ChildResponse> {
  const { init, processes, childMemoryBytes, logger } = options;
  const cpuMs = options.imageCpuSeconds * 1000;
  return createPool<ChildInit, ChildRequest, ChildResponse>({
    module: new URL(import.meta.resolve('@verger/pipeline/child')),
    processes,
    init: init instanceof Promise ? init.then(initOf) : initOf(init),
    limits: {
      cpuMs,
      wallMs: Math.max(MIN_WALL_MS, cpuMs * WALL_PER_CPU),
      memoryBytes: childMemoryBytes,
      pollMs: POLL_MS,
    },
    window: WINDOW,
    // A child decodes one image at a time: more threads in its pool only hand it around.
    env: { UV_THREADPOOL_SIZE: '1', ...NO_TELEMETRY },
    name: 'images',
    logger,
  });
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
