/** Runs that are there: to find, to read, to cancel. An entry of its own, because it loads a third of what driving a run needs. */
import { type Cancelled, cancelRun as cancelEpoch } from '@verger/run';
import { systemClock } from '@verger/runtime';
import type { FoundRun } from './find-run.ts';
import { thisWorker } from './worker-names.ts';

export {
  type FoundRun,
  findRun,
  hasManifest,
  listRuns,
  locateRun,
  openImages,
  outputOf,
  type RunPlace,
} from './find-run.ts';
export { readReport } from './outcome.ts';
export { type QueueOptions, type QueueState, readQueueState, whyIdle } from './queue-state.ts';
export { workerName } from './worker-names.ts';

/**
 * Marks the newest epoch of a run as cancelled, so that whoever works on it stops within seconds; what is committed stays. Does nothing to
 * a run that has ended. Errors: those of the storage.
 */
export async function cancelRun({ store, manifest }: FoundRun): Promise<Cancelled> {
  return await cancelEpoch(store, manifest, { by: thisWorker, at: systemClock.now() });
}
