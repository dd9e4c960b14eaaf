import type { TimelineBars } from './timeline-bars.ts';
import { listenToTimeline } from './timeline-input.ts';
import { TimelineView } from './timeline-view.ts';
import type { Chart } from './variance.ts';

export { type TimelineBars, timelineBars } from './timeline-bars.ts';

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
