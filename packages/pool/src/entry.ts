import { defer } from '@verger/core';
import type { PoolLimits } from './limits.ts';

/** How a caller may shape one request. */
export interface RunOptions {
  /** The child works on nothing else, and nothing waits behind this request in its window. */
  readonly alone?: boolean;
  /**
   * Ends the wait with the signal's reason. What a child already works on is finished there, and its answer
   * dropped.
   */
  readonly signal?: AbortSignal;
  /** Other limits for this request; `pollMs` is the pool's. */
  readonly limits?: Partial<PoolLimits>;
}

/** One request on its way to its one answer. */
export interface Entry<Request, Response> {
  readonly id: number;
  readonly request: Request;
  readonly alone: boolean;
  readonly limits: PoolLimits;
  /** Its caller has an answer already: the signal came. */
  readonly settled: () => boolean;
  readonly resolve: (response: Response) => void;
  readonly reject: (error: unknown) => void;
  /** It broke the wall limit once and was given another chance. */
  wallSpent: boolean;
  /** When it became the oldest of its child; undefined before. */
  oldestSinceMs: number | undefined;
  /** CPU time of the child when it was first seen as the oldest. */
  cpuAtStartMs: number | undefined;
}

let lastId = 0;

/**
 * An entry and the promise of its answer, which settles exactly once. `aborted` is called when the signal
 * comes first.
 */
export function makeEntry<Request, Response>(
  request: Request,
  options: RunOptions & { readonly base: PoolLimits },
  aborted: (entry: Entry<Request, Response>) => void,
): { entry: Entry<Request, Response>; answer: Promise<Response> } {
  const { signal } = options;
  let settled = false;
  const { promise: answer, resolve, reject } = defer<Response>();
  const once =
    <T>(act: (value: T) => void) =>
    (value: T) => {
      if (settled) return;
      settled = true;
      signal?.removeEventListener('abort', onAbort);
      act(value);
    };
  const entry: Entry<Request, Response> = {
    id: ++lastId,
    request,
    alone: options.alone === true,
    limits: { ...options.base, ...options.limits },
    settled: () => settled,
    resolve: once(resolve),
    reject: once(reject),
    wallSpent: false,
    oldestSinceMs: undefined,
    cpuAtStartMs: undefined,
  };
  function onAbort(): void {
    entry.reject(signal?.reason);
    aborted(entry);
  }
  signal?.addEventListener('abort', onAbort, { once: true });
  if (signal?.aborted === true) onAbort();
  return { entry, answer };
}
