/** What one request, and one child, may use. */
export interface PoolLimits {
  /** CPU time of the child, all threads together, on one request. */
  readonly cpuMs: number;
  /**
   * Wall time of one request, and of a child's start. Generous: it restarts the child, and blames only on the
   * second time.
   */
  readonly wallMs: number;
  /** Resident memory of a child. */
  readonly memoryBytes: number;
  /** How often children are looked at. The limits are kept to this grain. */
  readonly pollMs: number;
}

/**
 * Why a request was given up: what happened to the child while this request was the oldest unanswered one.
 */
export type PoolReason = 'crash' | 'cpu' | 'memory' | 'wall';

/** CPU time since its start and resident memory of one process. `peakBytes` where the system keeps it. */
export interface ProcessUsage {
  readonly cpuMs: number;
  readonly rssBytes: number;
  readonly peakBytes: number;
}

/**
 * What was seen of a child in one poll. `cpuMs` and `wallMs` count since its oldest request became the
 * oldest.
 */
export interface Observation {
  readonly cpuMs: number;
  readonly wallMs: number;
  readonly rssBytes: number;
}

/**
 * The first limit that the observation breaks: memory before CPU before wall, because that is how sure the
 * blame is.
 */
export function brokenLimit(seen: Observation, limits: PoolLimits): 'cpu' | 'memory' | 'wall' | undefined {
  if (seen.rssBytes > limits.memoryBytes) return 'memory';
  if (seen.cpuMs > limits.cpuMs) return 'cpu';
  if (seen.wallMs > limits.wallMs) return 'wall';
  return undefined;
}
