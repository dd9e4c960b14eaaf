/** How long a run took, as far as its records say. */
import type { Report } from '@verger/core';
import type { ReportFacts } from '../data/report-data.ts';

/** From a submission until the results were complete. */
export interface Ended {
  /** When all files but `_SUCCESS` were made, milliseconds since 1970. */
  readonly atMs: number;
  /** Since the submission that led to it, milliseconds. */
  readonly tookMs: number;
  /** Submissions up to then. */
  readonly submissions: number;
}

/** When the run ended and how long after its (last) submission; null for a run that did not record it. */
export function endedOf({ timeline, epochs }: ReportFacts): Ended | null {
  if (timeline?.finishedMs === undefined) return null;
  const atMs = timeline.originMs + timeline.finishedMs;
  // A later one, which found the run complete, has no part in it.
  const before = epochs.map(({ at }) => Date.parse(at)).filter((ms) => ms <= atMs);
  const last = before.at(-1);
  return last === undefined ? null : { atMs, tookMs: atMs - last, submissions: before.length };
}

/** True where workers of a queue did the run, or a part of it. */
export function isOnWorkers({ epochs }: Pick<StageTimes, 'epochs'>): boolean {
  return epochs.some(({ queue }) => queue !== undefined);
}

/** What is known of the times of stages. */
export interface StageTimes {
  readonly epochs: readonly { readonly queue?: string | undefined }[];
  readonly stages: Pick<Report['stages'], 'reduceMs' | 'projectMs'>;
  readonly extracted: number;
}

/** Why the time of reduce or project is a dash; undefined where both are known. */
export function untimedWords({ stages, extracted, epochs }: StageTimes): string | undefined {
  if (stages.reduceMs !== null && stages.projectMs !== null) return undefined;
  if (extracted === 0) return 'A dash: no image has features, so there was nothing to do.';
  if (isOnWorkers({ epochs })) return 'A dash: not recorded for runs on workers.';
  if (epochs.length > 1) return 'A dash: an earlier submission did it, and its time is not known.';
  return 'A dash: not recorded.';
}
