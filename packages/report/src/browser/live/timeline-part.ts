import type { LiveState } from '../../data/live-data.ts';
import { committedBars } from '../../data/live-rate.ts';
import { mountTimeline, type TimelineChart } from '../charts/timeline.ts';
import { element } from '../elements.ts';

/** The timeline by worker; hidden before the first commit. */
export function timelinePart(): { readonly node: HTMLElement; update(state: LiveState): void } {
  const place = element('div');
  const node = element('section', { 'aria-labelledby': 'live-timeline', hidden: true }, [
    element('h2', { id: 'live-timeline', text: 'Timeline by worker' }),
    place,
  ]);
  let chart: TimelineChart | undefined;
  return {
    node,
    update: (state) => {
      const bars = committedBars(state);
      node.hidden = bars.partition.length === 0;
      if (node.hidden) return;
      if (chart === undefined) chart = mountTimeline(place, bars);
      else chart.update(bars);
    },
  };
}
