import { formatCount, formatShare } from '@verger/core';
import uPlot from 'uplot';
import { colour, element, onColourScheme } from '../elements.ts';
import { onWidth } from './canvas.ts';

/** What the chart of the cumulative variance shows. */
export interface VarianceOptions {
  /** Shares of the variance, one per component. */
  readonly shares: readonly number[];
  /** Components that were kept. */
  readonly k: number;
  /** The share that was asked for; null where a number of components was. */
  readonly target: number | null;
}

/** A chart on the page. */
export interface Chart {
  /** Removes it and what it listens to. */
  destroy(): void;
}

/** Height of the chart. */
const HEIGHT = 300;
const FONT = '12px system-ui, sans-serif';

/** Fills `place` with the cumulative variance, the chosen k marked. */
export function mountVariance(place: HTMLElement, options: VarianceOptions): Chart {
  const { shares } = options;
  const cumulative = cumulativeOf(shares);
  const useful = usefulComponents(shares.length, options.k);
  const readout = element('p', { class: 'readout small muted', role: 'status' });
  const box = element('div', { class: 'variance-chart', tabindex: 0, role: 'application' });
  box.setAttribute(
    'aria-label',
    `Line chart of the cumulative variance by number of components; ${options.k} are kept. \
Left and right arrow keys read it.`,
  );
  const all = element('button', { type: 'button', class: 'plain', 'aria-pressed': 'false' });
  all.textContent = `Show all ${formatCount(shares.length)} components`;
  const tools = element('div', { class: 'chart-tools' }, useful < shares.length ? [all] : []);
  place.replaceChildren(tools, box, readout);
  const say = (at: number | null | undefined) => {
    readout.textContent = readoutOf(options, cumulative, at ?? options.k - 1);
  };
  let plot: uPlot | undefined;
  let width = 0;
  let isWhole = useful >= shares.length;
  const draw = () => {
    plot?.destroy();
    if (width > 0)
      plot = plotIn(box, { options, cumulative, width, last: isWhole ? shares.length : useful, say });
  };
  const ending = new AbortController();
  const { signal } = ending;
  all.addEventListener(
    'click',
    () => {
      isWhole = !isWhole;
      all.setAttribute('aria-pressed', String(isWhole));
      draw();
    },
    { signal },
  );
  box.addEventListener('keydown', (event) => onKey(event, plot, isWhole ? shares.length : useful), {
    signal,
  });
  const ends = [
    onWidth(box, (now) => {
      width = now;
      draw();
    }),
    onColourScheme(draw),
  ];
  say(undefined);
  return {
    destroy: () => {
      ending.abort();
      for (const end of ends) end();
      plot?.destroy();
      place.replaceChildren();
    },
  };
}

/** The running total of shares, at most 1. */
export function cumulativeOf(shares: readonly number[]): number[] {
  let total = 0;
  return shares.map((share) => {
    total += share;
    return Math.min(1, total);
  });
}

/** How many components the chart shows at first: k and as many beyond it, and no less than ten. */
export function usefulComponents(all: number, k: number): number {
  return Math.min(all, Math.max(10, 2 * k));
}

function readoutOf({ shares, k }: VarianceOptions, cumulative: readonly number[], at: number): string {
  const [share, own] = [cumulative[at], shares[at]];
  if (share === undefined || own === undefined) return '';
  const chosen = at + 1 === k ? ' (k: these are kept)' : '';
  const many = at === 0 ? 'The first component keeps' : `${at + 1} components keep`;
  return `${many} ${formatShare(share)} of the variance; component ${at + 1} alone ${formatShare(own)}${chosen}.`;
}

function onKey(event: KeyboardEvent, plot: uPlot | undefined, last: number): void {
  const step = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10, Home: -last, End: last }[event.key];
  if (step === undefined || plot === undefined) return;
  event.preventDefault();
  const now = plot.cursor.idx ?? -1;
  const at = Math.max(0, Math.min(last - 1, now + step));
  const left = plot.valToPos(at + 1, 'x');
  const top = plot.valToPos(plot.data[1]?.[at] ?? 0, 'y');
  plot.setCursor({ left, top });
}

interface PlotOptions {
  readonly options: VarianceOptions;
  readonly cumulative: readonly number[];
  readonly width: number;
  readonly last: number;
  say(at: number | null | undefined): void;
}

function plotIn(box: HTMLElement, { options, cumulative, width, last, say }: PlotOptions): uPlot {
  const { shares, k, target } = options;
  const numbers = Array.from({ length: last }, (_, at) => at + 1);
  const axis = { stroke: colour('--muted'), font: FONT, grid: { stroke: colour('--line'), width: 1 } };
  const ticks = { stroke: colour('--line'), width: 1, size: 4 };
  const percent = (_: uPlot, values: number[]) => values.map((value) => `${Math.round(value * 100)} %`);
  const plot: uPlot.Options = {
    ...{ width, height: HEIGHT, legend: { show: false }, padding: [14, 14, 0, 0] },
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 7 } },
    scales: { x: { time: false, range: [0.5, last + 0.5] }, y: { range: [0, 1] } },
    axes: [
      {
        ...axis,
        ticks,
        size: 28,
        label: 'components',
        labelFont: FONT,
        labelSize: 16,
        incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500],
      },
      { ...axis, ticks, size: 52, values: percent },
    ],
    series: [
      {},
      {
        stroke: colour('--accent'),
        width: 2,
        points: { show: last <= 40, size: 5, fill: colour('--accent') },
      },
      {
        ...{ fill: colour('--muted'), stroke: colour('--muted'), width: 0, points: { show: false } },
        paths: uPlot.paths.bars?.({ size: [0.7, 40], align: 0 }) ?? null,
      } as uPlot.Series,
    ],
    hooks: {
      drawClear: [],
      draw: [(one) => drawMarks(one, { k, target, share: cumulative[k - 1] ?? 0 })],
      setCursor: [({ cursor }) => say(cursor.idx)],
    },
  };
  return new uPlot(plot, [numbers, cumulative.slice(0, last), shares.slice(0, last)], box);
}

/** The chosen k, and the share that was asked for. */
function drawMarks(
  plot: uPlot,
  { k, target, share }: { k: number; target: number | null; share: number },
): void {
  const { ctx, bbox } = plot;
  const ratio = devicePixelRatio;
  const x = plot.valToPos(k, 'x', true);
  const y = plot.valToPos(share, 'y', true);
  ctx.save();
  ctx.lineWidth = ratio;
  ctx.setLineDash([4 * ratio, 4 * ratio]);
  ctx.font = `${12 * ratio}px system-ui, sans-serif`;
  if (target !== null) {
    const level = plot.valToPos(target, 'y', true);
    ctx.strokeStyle = colour('--active');
    line(ctx, [bbox.left, level, bbox.left + bbox.width, level]);
    ctx.fillStyle = colour('--active');
    ctx.textAlign = 'left';
    ctx.fillText(`asked for: ${formatShare(target)}`, bbox.left + 6 * ratio, level - 6 * ratio);
  }
  ctx.strokeStyle = colour('--text');
  line(ctx, [x, y, x, bbox.top + bbox.height]);
  ctx.setLineDash([]);
  ctx.fillStyle = colour('--text');
  ctx.beginPath();
  ctx.arc(x, y, 5 * ratio, 0, 2 * Math.PI);
  ctx.fill();
  ctx.textAlign = 'left';
  ctx.fillText(`k = ${k}: ${formatShare(share)}`, x + 10 * ratio, y + 20 * ratio);
  ctx.restore();
}

function line(
  ctx: CanvasRenderingContext2D,
  [x0, y0, x1, y1]: readonly [number, number, number, number],
): void {
  ctx.beginPath();
  ctx.moveTo(x0, y0);
  ctx.lineTo(x1, y1);
  ctx.stroke();
}
