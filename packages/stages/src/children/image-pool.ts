import type { EngineChoice, Logger } from '@verger/core';
import { createPool, type Pool } from '@verger/pool';
import { NATIVE_SETTINGS } from '@verger/runtime';
import type { ChildInit, ChildRequest, ChildResponse } from '../child/protocol.ts';

/** A child's CPU time is limited; wall time, generous, ends what neither computes nor ends. */
const WALL_PER_CPU = 10;
const MIN_WALL_MS = 600_000;
const POLL_MS = 500;
/** Requests that wait in each child's channel, so that it never idles between two. */
const WINDOW = 2;

/**
 * The whole environment of children. A child decodes one image at a time: more threads in its pool only hand
 * it around. Its memory comes in huge pages where the kernel gives them on request (glibc 2.35): the engine
 * walks through 9 MB of weights for each image, and takes 4 % less time. All its threads allocate from one
 * arena, and up to 64 MiB that are free stay with it, for the buffers of the next image and the next
 * partition's sums. Other C libraries ignore all of this.
 */
export const CHILD_ENVIRONMENT: Readonly<Record<string, string>> = {
  ...NATIVE_SETTINGS,
  UV_THREADPOOL_SIZE: '1',
  GLIBC_TUNABLES: [
    'glibc.malloc.hugetlb=1',
    'glibc.malloc.arena_max=1',
    `glibc.malloc.mmap_threshold=${16 * 2 ** 20}`,
    `glibc.malloc.trim_threshold=${64 * 2 ** 20}`,
  ].join(':'),
};

/** What the children of one pool load, and what they may use. */
export interface ImagePoolOptions extends EngineChoice {
  /**
   * What children begin with; where it is still being made they load meanwhile, and `start` throws what that
   * throws.
   */
  readonly init: ChildInit | Promise<ChildInit>;
  readonly processes: number;
  /** How many of them load while `init` is made: all by default. */
  readonly loadAhead?: number;
  /** Resident memory at which a child is ended. */
  readonly childMemoryBytes: number;
  /** CPU time of one image. */
  readonly imageCpuSeconds: number;
  readonly logger: Logger;
}

/** The pool of children as every process has it that extracts, fits or projects; not started. */
export function createImagePool(options: ImagePoolOptions): Pool<ChildRequest, ChildResponse, ChildInit> {
  const { init, processes, loadAhead, childMemoryBytes, logger } = options;
  const cpuMs = options.imageCpuSeconds * 1000;
  const { engine, tfjsNode } = options;
  // Only what children need: the rest would be sent to each.
  const initOf = ({ network, fingerprint, purpose }: ChildInit): ChildInit => ({
    ...{ network, fingerprint, engine, tfjsNode },
    ...(purpose === undefined ? {} : { purpose }),
  });
  return createPool<ChildInit, ChildRequest, ChildResponse>({
    module: new URL(import.meta.resolve('@verger/stages/child')),
    processes,
    loadAhead,
    init: init instanceof Promise ? init.then(initOf) : initOf(init),
    limits: {
      cpuMs,
      wallMs: Math.max(MIN_WALL_MS, cpuMs * WALL_PER_CPU),
      memoryBytes: childMemoryBytes,
      pollMs: POLL_MS,
    },
    window: WINDOW,
    env: CHILD_ENVIRONMENT,
    name: 'images',
    logger,
  });
}
