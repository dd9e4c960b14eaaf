/** The plot of the cumulative variance: uPlot, with k and the share that was asked for drawn over it. */
import { formatShare } from '@verger/core';
import uPlot from 'uplot';
import { colour } from '../elements.ts';

const HEIGHT = 300;
const FONT = '12px system-ui, sans-serif';

/** What a plot is drawn from. */
export interface PlotOptions {
  readonly options: {
    readonly shares: readonly number[];
    readonly k: number;
    readonly target: number | null;
  };
  readonly cumulative: readonly number[];
  readonly width: number;
  readonly last: number;
  say(at: number | null | undefined): void;
}

/** Draws the plot at that width: line, bars, k and the share that was asked for. */
export function plotIn(box: HTMLElement, { options, cumulative, width, last, say }: PlotOptions): uPlot {
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
