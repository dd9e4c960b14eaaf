/** `timeline.json` of a finished run, where it says what the commits would. */
import { asVergerError, RUN_FILES, type Storage, type Timeline, timelineSchema } from '@verger/core';
import { readRecord } from './records.ts';

/** What a timeline has to be of. */
export interface TimelineOf {
  readonly identity: string;
  /** Of `_SUCCESS`. */
  readonly epoch: number;
  /** How many images each partition lists. */
  readonly images: ArrayLike<number>;
}

/**
 * The timeline of a finished run; undefined where there is none, or one that is damaged, of another run, of
 * another epoch than its `_SUCCESS`, or of other partitions: then the commits say what it would. One read.
 * Errors: those of the storage.
 */
export async function readTimeline(store: Storage, of: TimelineOf): Promise<Timeline | undefined> {
  try {
    const timeline = await readRecord(store, RUN_FILES.timeline, timelineSchema);
    return timeline !== undefined && timelineFits(timeline, of) ? timeline : undefined;
  } catch (thrown) {
    if (asVergerError(thrown).code !== 'E_RUN_CORRUPT') throw thrown;
    return undefined;
  }
}

/**
 * True when it is of that run and epoch, with a value for every partition, and counts what was listed. Pure.
 */
export function timelineFits(
  { runIdentity, epoch, partitions, workers, codes }: Timeline,
  of: TimelineOf,
): boolean {
  const count = of.images.length;
  if (runIdentity !== of.identity || epoch !== of.epoch) return false;
  if (!Object.values(partitions).every((column) => column.length === count)) return false;
  const { extracted, quarantined, worker } = partitions;
  return (
    Array.from(of.images).every((images, at) => images === (extracted[at] ?? 0) + (quarantined[at] ?? 0)) &&
    worker.every((place) => place < workers.length) &&
    codes.every(({ partition }) => partition < count)
  );
}
