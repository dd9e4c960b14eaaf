import { listenToTimeline } from './timeline-input.ts';
import { TimelineView } from './timeline-view.ts';
import type { Chart } from './variance.ts';

/** Partitions on their workers over time, as columns: one value per bar in each. */
export interface TimelineBars {
  /** Names of the workers: one row each. */
  readonly workers: readonly string[];
  readonly partition: Uint32Array | readonly number[];
  /** Place in `workers`. */
  readonly worker: Uint32Array | readonly number[];
  /** Milliseconds since 1970. */
  readonly startMs: Float64Array | readonly number[];
  readonly endMs: Float64Array | readonly number[];
  readonly attempt: Uint32Array | readonly number[];
  /** Failed attempts: marks at a time of a worker. */
  readonly failures: readonly { readonly worker: number; readonly atMs: number; readonly code: string }[];
}

/** A timeline on the page. */
export interface TimelineChart extends Chart {
  /** Shows other bars, and keeps the zoom. */
  update(bars: TimelineBars): void;
}

/** Fills `place` with the timeline: zoom with wheel, drag and keyboard; hover names a partition. */
export function mountTimeline(place: HTMLElement, bars: TimelineBars): TimelineChart {
  const view = new TimelineView(place, bars);
  const stop = listenToTimeline(view);
  return {
    update: (next) => view.update(next),
    destroy: () => {
      stop();
      view.destroy();
    },
  };
}
