import type { Executor, Run } from '@verger/core';

/** Where a run is done: the children of this process, or a cluster. */
export interface Site {
  /** Once it can take a run. Errors: what a child's init throws (E_WEIGHTS_PROBE, …); what publishing the weights throws. */
  ready(): Promise<Executor>;
  close(): Promise<void>;
  /** True when workers still have that epoch of the run. Errors: E_REDIS_…. */
  hasUnderWay?(run: Pick<Run, 'manifest' | 'store' | 'epoch'>): Promise<boolean>;
}
