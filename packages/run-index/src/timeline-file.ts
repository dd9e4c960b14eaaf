import { asVergerError, RUN_FILES, type Storage, type Timeline, timelineSchema } from '@verger/core';
import { readRecord } from '@verger/run';
import type { RunPlan } from './run-records.ts';

/**
 * The timeline of a finished run; undefined where there is none, or one that is damaged, of another run, of
 * another epoch than its `_SUCCESS`, or of other partitions: then the commits say what it would. One read.
 * Errors: those of the storage.
 */
export async function readTimeline(
  store: Storage,
  { plan, epoch }: { readonly plan: RunPlan; readonly epoch: number },
): Promise<Timeline | undefined> {
  try {
    const timeline = await readRecord(store, RUN_FILES.timeline, timelineSchema);
    if (timeline === undefined || timeline.epoch !== epoch) return undefined;
    return timeline.runIdentity === plan.manifest.identity && fits(timeline, plan) ? timeline : undefined;
  } catch (thrown) {
    if (asVergerError(thrown).code !== 'E_RUN_CORRUPT') throw thrown;
    return undefined;
  }
}

/** True when each column has a value for every partition, and the counts are those of the plan. */
function fits({ partitions, workers, codes }: Timeline, { partitions: count, images }: RunPlan): boolean {
  if (!Object.values(partitions).every((column) => column.length === count)) return false;
  const { extracted, quarantined, worker } = partitions;
  return (
    images.every((listed, at) => listed === (extracted[at] ?? 0) + (quarantined[at] ?? 0)) &&
    worker.every((place) => place < workers.length) &&
    codes.every(({ partition }) => partition < count)
  );
}
