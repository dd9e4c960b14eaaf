/** Images per second over time, from the commits: the same after a reload. */
import uPlot from 'uplot';
import type { LiveState } from '../../data/live-data.ts';
import { type RateBins, rateBins } from '../../data/live-rate.ts';
import { rateWords } from '../../html/words.ts';
import { onWidth } from '../charts/canvas.ts';
import { colour, element, onColourScheme } from '../elements.ts';
import { setText } from './prose.ts';
import { clockTime, shortTime } from './words.ts';

const HEIGHT = 170;
/** Seconds between two marks of the time. */
const STEPS = [
  1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 28_800, 43_200, 86_400, 172_800,
  604_800,
];
const FONT = '12px system-ui, sans-serif';

/** The chart with its sentence; hidden before the first commit. */
export function rateChart(): { readonly node: HTMLElement; update(state: LiveState): void } {
  const box = element('div', {
    class: 'rate-chart',
    role: 'img',
    'aria-label': 'Line chart of images per second',
  });
  const words = element('p', { class: 'small muted' });
  const node = element('section', { 'aria-labelledby': 'live-rate', hidden: true }, [
    element('h2', { id: 'live-rate', text: 'Images per second' }),
    box,
    words,
  ]);
  let bins: RateBins | null = null;
  let plot: uPlot | undefined;
  let width = 0;
  const draw = () => {
    plot?.destroy();
    plot = bins === null || width === 0 ? undefined : plotIn(box, bins, width);
  };
  onWidth(box, (now) => {
    width = now;
    draw();
  });
  onColourScheme(draw);
  return {
    node,
    update: (state) => {
      bins = rateBins(state);
      node.hidden = bins === null;
      if (bins === null) return;
      setText(words, rateSentence(bins));
      if (plot === undefined) draw();
      else plot.setData(dataOf(bins));
    },
  };
}

function dataOf({ fromMs, binMs, perSecond, openFrom }: RateBins): uPlot.AlignedData {
  const times = perSecond.map((_, at) => (fromMs + at * binMs) / 1000);
  // The last bin is drawn as long as the others.
  const all = [...perSecond, perSecond.at(-1) ?? 0];
  return [
    [...times, (fromMs + perSecond.length * binMs) / 1000],
    all.map((rate, at) => (at <= openFrom ? rate : null)),
    all.map((rate, at) => (at >= openFrom && openFrom < perSecond.length ? rate : null)),
  ];
}

/** What the chart shows, in a sentence. */
export function rateSentence({ fromMs, binMs, perSecond, meanPerSecond, openFrom }: RateBins): string {
  const highest = perSecond.reduce((most, rate, at) => (rate > (perSecond[most] ?? 0) ? at : most), 0);
  const when = clockTime(fromMs + highest * binMs);
  const isOpen = openFrom < perSecond.length;
  const open = isOpen ? ' Dashed: images of partitions under way are yet to come.' : '';
  return `On average ${rateWords(meanPerSecond)} without pauses; highest ${rateWords(perSecond[highest] ?? 0)} at ${when}, over ${binMs / 1000} s. From the commits, each spread over the time that it took.${open}`;
}

function plotIn(box: HTMLElement, bins: RateBins, width: number): uPlot {
  const axis = { stroke: colour('--muted'), font: FONT, grid: { stroke: colour('--line'), width: 1 } };
  const ticks = { stroke: colour('--line'), width: 1 };
  const options: uPlot.Options = {
    ...{ width, height: HEIGHT, legend: { show: false }, padding: [8, 8, 0, 0] },
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), 'Etc/UTC'),
    cursor: { drag: { x: false, y: false }, points: { size: 6 } },
    scales: { x: { time: true }, y: { range: (_, __, most) => [0, Math.max(1, most * 1.1)] } },
    axes: [
      {
        ...axis,
        ticks,
        space: 90,
        incrs: STEPS,
        values: (_, times) => times.map((seconds) => shortTime(seconds * 1000)),
      },
      { ...axis, ticks, size: 52 },
    ],
    series: [
      {},
      {
        ...{ stroke: colour('--accent'), width: 2, fill: colour('--accent-soft'), points: { show: false } },
        paths: uPlot.paths.stepped?.({ align: 1 }) ?? null,
      } as uPlot.Series,
      {
        ...{ stroke: colour('--accent'), width: 2, dash: [4, 4], points: { show: false } },
        paths: uPlot.paths.stepped?.({ align: 1 }) ?? null,
      } as uPlot.Series,
    ],
  };
  return new uPlot(options, dataOf(bins), box);
}
