/** `timeline.json` while a run is finished. */
import {
  asVergerError,
  type Commit,
  MOST_TIMELINE_FAILURES,
  RUN_FILES,
  type Storage,
  type Timeline,
  timelineSchema,
} from '@verger/core';
import { readNewestFailures, readRecord } from '@verger/run';
import type { StageContext } from '../context.ts';
import { buildTimeline, timelineBytes } from './timeline.ts';

/**
 * How many finishes before this one wrote a timeline and ended before `_SUCCESS`, perhaps because of the HTML
 * report, which is made in between. To be asked where there is no `_SUCCESS`. One read. Errors: those of the
 * storage.
 */
export async function countCutShort(store: Storage): Promise<number> {
  try {
    const earlier = await readRecord(store, RUN_FILES.timeline, timelineSchema);
    return earlier === undefined ? 0 : (earlier.cutShort ?? 0) + 1;
  } catch (error) {
    if (asVergerError(error).code !== 'E_RUN_CORRUPT') throw error;
    return 1;
  }
}

/**
 * Writes the timeline of a run that is being finished; where failed attempts cannot be read, which is logged,
 * without them. Errors: those of the storage. Cost: one list and a small read per failed attempt.
 */
export async function writeTimeline(
  ctx: StageContext,
  of: { readonly epoch: number; readonly commits: readonly Commit[]; readonly cutShort: number },
): Promise<Timeline> {
  const { manifest, store } = ctx.run;
  const timeline = buildTimeline({ identity: manifest.identity, ...of, ...(await readFailed(ctx)) });
  await store.replace(RUN_FILES.timeline, timelineBytes(timeline));
  return timeline;
}

async function readFailed({ run: { store }, signal, logger }: StageContext) {
  try {
    return await readNewestFailures(store, MOST_TIMELINE_FAILURES);
  } catch (thrown) {
    signal.throwIfAborted();
    const { code, message } = asVergerError(thrown);
    logger.warn({ code, error: message }, 'timeline.json names no failed attempts: they could not be read');
    return { failures: [], failuresUnread: true };
  }
}
