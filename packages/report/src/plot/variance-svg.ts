import { counted, formatCount, formatShare } from '@verger/core';
import { type Area, AXIS_ROOM, axesElements, NORMAL, place, SMALL, tickRoom } from './axes.ts';
import { type PlotStyle, titleElement } from './scatter-svg.ts';
import { lineElement, mm, POINT, QUIET, svgFile, type TextStyle, textElement } from './svg.ts';
import { scaleOf } from './ticks.ts';

const PAD = 2;
const CURVE = '#0072b2';
/** The curve is shown to where it is flat. */
const FLAT = 0.95;

/** What a plot of the variance shows. */
export interface VariancePlot {
  readonly runId: string;
  readonly k: number;
  /** Share of the variance that the first i + 1 components keep. */
  readonly cumulative: readonly number[];
  /** The share that was asked for; null where the number of components was. */
  readonly wanted: number | null;
}

/** The cumulative variance with the chosen k, as an SVG file. Same input, same bytes. */
export function varianceSvg(plot: VariancePlot, style: PlotStyle): string {
  const { k, cumulative, wanted, runId } = plot;
  const shown = cumulative.slice(0, shownComponents(plot));
  const top = PAD + (style.title === null ? 1 : 9 * POINT * 1.6);
  const bottom = style.height - PAD - AXIS_ROOM;
  const yScale = scaleOf(0, 100, (bottom - top) / 14);
  const left = PAD + NORMAL * 1.5 + tickRoom(yScale);
  const right = style.width - PAD - 3;
  const xScale = scaleOf(0, shown.length, (right - left) / 17);
  const area: Area = { left, top, right, bottom };
  const toX = place(xScale, left, right);
  const toY = (share: number) => place(yScale, bottom, top)(share * 100);
  const kept = cumulative[k - 1] ?? 0;
  const at = { x: toX(k), y: toY(kept) };
  const name =
    shown.length === cumulative.length ? 'Components' : `Components (of ${formatCount(cumulative.length)})`;
  const elements = [
    ...(style.title === null ? [] : [titleElement(style.title, (left + right) / 2)]),
    ...(wanted === null ? [] : wantedElements(wanted, toY(wanted), area)),
    lineElement([at.x, bottom], [at.x, at.y], DASHED),
    `<path d="${curveOf(shown, toX, toY)}" fill="none" stroke="${CURVE}" stroke-width=".45" stroke-linejoin="round"/>`,
    `<circle cx="${mm(at.x)}" cy="${mm(at.y)}" r="1" fill="${CURVE}"/>`,
    textElement(`k = ${k} (${formatShare(kept)})`, besides(at, area)),
    ...axesElements(area, { scale: xScale, name }, { scale: yScale, name: 'Cumulative variance (%)' }),
  ];
  const description =
    `Cumulative variance of run ${runId} (verger): k = ${counted(k, 'component')} of ` +
    `${formatCount(cumulative.length)} ${k === 1 ? 'keeps' : 'keep'} ${formatShare(kept)}.`;
  return svgFile({ ...style, title: `Variance of run ${runId}`, description, elements });
}

const DASHED = { colour: QUIET, width: 0.2, dashes: '1 .8' };

/** Up to where the curve is flat, and well beyond k. */
function shownComponents({ k, cumulative }: VariancePlot): number {
  const flat = cumulative.findIndex((share) => share >= FLAT);
  const enough = flat === -1 ? cumulative.length : flat + 1;
  return Math.min(cumulative.length, Math.max(enough, Math.ceil(k * 1.25), 10));
}

/** One straight line per component, from none on. */
function curveOf(
  cumulative: readonly number[],
  toX: (components: number) => number,
  toY: (share: number) => number,
): string {
  const points = [0, ...cumulative].map((share, count) => `${mm(toX(count))} ${mm(toY(share))}`);
  return `M${points.join('L')}`;
}

/** The share that was asked for, as a line across. */
function wantedElements(wanted: number, y: number, { left, right }: Area): string[] {
  const words = `requested: ${formatShare(wanted)}`;
  const style = { x: right - 1, y: y - 1, size: SMALL, anchor: 'end', colour: QUIET } as const;
  return [lineElement([left, y], [right, y], DASHED), textElement(words, style)];
}

/**
 * Right of the point, below the curve that goes on rising there; left of it and below where it is far right.
 */
function besides({ x, y }: { readonly x: number; readonly y: number }, { left, right }: Area): TextStyle {
  const isFar = x > left + (right - left) * 0.75;
  const place = isFar ? ({ x: x - 2, anchor: 'end' } as const) : ({ x: x + 2, anchor: 'start' } as const);
  return { ...place, y: y + NORMAL * 1.6, size: NORMAL };
}
