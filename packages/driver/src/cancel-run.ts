import { type Cancelled, markRunCancelled } from '@verger/run';
import { systemClock } from '@verger/runtime';
import type { FoundRun } from './find-run.ts';
import { thisWorker } from './worker-names.ts';

/**
 * Marks the newest epoch of a run as cancelled, so that whoever works on it stops within seconds; what is
 * committed stays. Does nothing to a run that has ended. Errors: those of the storage.
 */
export async function cancelRun({ store, manifest }: FoundRun): Promise<Cancelled> {
  return await markRunCancelled(store, manifest, { by: thisWorker, at: systemClock.now() });
}
