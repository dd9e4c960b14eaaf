import { counted, formatCount, formatShare } from '@verger/core';
import { type Area, AXIS_ROOM, axesElements, NORMAL, place, SMALL, tickRoom } from './axes.ts';
import { legendOf } from './legend.ts';
import { type Marker, markerPath, SHAPES } from './markers.ts';
import { paletteOf } from './palette.ts';
import { lineElement, POINT, QUIET, svgFile, textElement } from './svg.ts';
import { type Scale, scaleOf } from './ticks.ts';

/** Points that a scatter shows at most. */
export const MOST_PLOTTED = 50_000;

/** How a plot looks, whatever it shows. */
export interface PlotStyle {
  /** mm */
  readonly width: number;
  readonly height: number;
  readonly background: 'none' | 'white';
  readonly title: string | null;
}

/** Points of one label: coordinates x0, y0, x1, y1, …. */
export interface PlottedLabel {
  readonly label: string;
  /** Images of the label in the run, plotted or not. */
  readonly count: number;
  readonly points: ArrayLike<number>;
}

/** What a scatter shows. */
export interface ScatterPlot {
  readonly runId: string;
  /** Components from 1, and their shares of the variance. */
  readonly components: readonly [number, number];
  readonly shares: readonly [number, number];
  readonly labels: readonly PlottedLabel[];
  /** Labels of the run that are left out. */
  readonly labelsLeftOut: number;
  /** Images that the plotted points are an even sample of. */
  readonly rows: number;
}

const PAD = 2;

/** A scatter of two components as an SVG file, the points of a label in one path. Same input, same bytes. */
export function scatterSvg(plot: ScatterPlot, style: PlotStyle): string {
  const labels = [...plot.labels].sort((a, b) => (a.label < b.label ? -1 : 1));
  const markers = markersOf(labels.length);
  const entries = labels.map(({ label, count }, index) => ({
    label,
    count,
    marker: markers[index] as Marker,
  }));
  const top = PAD + (style.title === null ? 0 : 9 * POINT * 1.6);
  const points = labels.reduce((sum, one) => sum + one.points.length / 2, 0);
  const isSample = points < plot.rows;
  const bottom = style.height - PAD - AXIS_ROOM;
  const noteRoom = isSample ? SMALL * 2.9 : 0;
  const byCount = [...entries].sort((a, b) => b.count - a.count || (a.label < b.label ? -1 : 1));
  const isOne = labels.length === 1 && labels[0]?.label === '';
  const legend = legendOf(isOne ? [] : byCount, {
    height: bottom - top - noteRoom,
    widest: style.width * 0.42,
  });
  const noteWidth = isSample ? SMALL * 0.56 * 22 : 0;
  const beside = Math.max(legend.width, noteWidth);
  const ends = endsOf(labels);
  const yScale = scaleOf(ends.y[0], ends.y[1], (bottom - top) / 15);
  const left = PAD + NORMAL * 1.5 + tickRoom(yScale);
  const right = style.width - PAD - (beside === 0 ? 1 : beside + 3);
  const xScale = scaleOf(ends.x[0], ends.x[1], (right - left) / 17);
  const area: Area = { left, top, right, bottom };
  const elements = [
    ...(style.title === null ? [] : [titleElement(style.title, (left + right) / 2)]),
    ...zeroLines(area, xScale, yScale),
    ...pointElements(labels, markers, { area, xScale, yScale, points }),
    ...axesElements(area, axisOf(plot, 0, xScale), axisOf(plot, 1, yScale)),
    ...legend.elements(right + 3, top),
    ...(isSample ? noteElements(points, plot.rows, { x: right + 3, y: bottom - SMALL * 1.3 }) : []),
  ];
  return svgFile({ ...style, title: titleOf(plot), description: descriptionOf(plot, points), elements });
}

/** The title above a plot. */
export function titleElement(title: string, x: number): string {
  const size = 9 * POINT;
  return textElement(title, { x, y: PAD + size, size, anchor: 'middle', bold: true });
}

const axisOf = ({ components, shares }: ScatterPlot, at: 0 | 1, scale: Scale) => ({
  scale,
  name: `PC ${components[at]} (${formatShare(shares[at])})`,
});

const titleOf = ({ runId, components: [x, y] }: ScatterPlot) => `PC ${x} and PC ${y} of run ${runId}`;

function descriptionOf(
  { labels, labelsLeftOut, rows, runId, shares, components }: ScatterPlot,
  points: number,
) {
  const of = labelsLeftOut === 0 ? '' : ` of ${formatCount(labels.length + labelsLeftOut)}`;
  const sample = points < rows ? `, an even sample of ${formatCount(rows)}` : '';
  const kept = components
    .map((one, at) => `component ${one} keeps ${formatShare(shares[at] ?? 0)}`)
    .join(', ');
  return (
    `Scatter of run ${runId} (verger): ${counted(points, 'image')}${sample}, ` +
    `${counted(labels.length, 'label')}${of}; ${kept} of the variance.`
  );
}

/** The first eight in colours alone, more of them in colours and forms. */
function markersOf(count: number): Marker[] {
  return paletteOf(count).map((colour, index) => ({
    colour,
    shape: count <= 8 ? 'circle' : (SHAPES[index % SHAPES.length] ?? 'circle'),
  }));
}

/** Lowest and highest of both coordinates, with a little room around. */
function endsOf(labels: readonly PlottedLabel[]) {
  const ends = {
    x: [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
    y: [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  };
  for (const { points } of labels) {
    for (let at = 0; at + 1 < points.length; at += 2) {
      widen(ends.x, points[at] ?? 0);
      widen(ends.y, points[at + 1] ?? 0);
    }
  }
  return { x: roomy(ends.x), y: roomy(ends.y) };
}

function widen(ends: number[], value: number): void {
  if (value < (ends[0] ?? 0)) ends[0] = value;
  if (value > (ends[1] ?? 0)) ends[1] = value;
}

function roomy([low = 0, high = 0]: number[]): [number, number] {
  if (!(low <= high)) return [0, 1];
  const room = (high - low) * 0.03;
  return [low - room, high + room];
}

/** Where both components are zero: the mean of all images. */
function zeroLines(area: Area, x: Scale, y: Scale): string[] {
  const style = { colour: '#d0d0d0', width: 0.2 };
  const lines: string[] = [];
  if (x.low < 0 && x.high > 0) {
    const at = place(x, area.left, area.right)(0);
    lines.push(lineElement([at, area.top], [at, area.bottom], style));
  }
  if (y.low < 0 && y.high > 0) {
    const at = place(y, area.bottom, area.top)(0);
    lines.push(lineElement([area.left, at], [area.right, at], style));
  }
  return lines;
}

/** The radius of a point, mm: smaller where there are many, or little room. */
function radiusOf(points: number, { left, top, right, bottom }: Area): number {
  const side = Math.sqrt((right - left) * (bottom - top));
  return Math.max(0.2, Math.min(0.8, (side / 17) * (points + 1) ** -0.36));
}

function pointElements(
  labels: readonly PlottedLabel[],
  markers: readonly Marker[],
  { area, xScale, yScale, points }: { area: Area; xScale: Scale; yScale: Scale; points: number },
): string[] {
  const toX = place(xScale, area.left, area.right);
  const toY = place(yScale, area.bottom, area.top);
  const radius = radiusOf(points, area);
  // Labels of few images last, so that they lie on top.
  const order = labels.map((one, index) => ({ one, marker: markers[index] as Marker }));
  order.sort((a, b) => b.one.points.length - a.one.points.length || (a.one.label < b.one.label ? -1 : 1));
  const paths = order
    .filter(({ one }) => one.points.length > 0)
    .map(({ one, marker }) => markerPath(marker, pairsOf(one.points, toX, toY), radius));
  return ['<g opacity=".85">', ...paths, '</g>'];
}

function* pairsOf(
  points: ArrayLike<number>,
  toX: (value: number) => number,
  toY: (value: number) => number,
): Generator<[number, number]> {
  for (let at = 0; at + 1 < points.length; at += 2) yield [toX(points[at] ?? 0), toY(points[at + 1] ?? 0)];
}

function noteElements(points: number, rows: number, { x, y }: { x: number; y: number }): string[] {
  const style = { x, size: SMALL * 0.9, colour: QUIET };
  return [
    textElement(`Even sample: ${formatCount(points)}`, { ...style, y }),
    textElement(`of ${formatCount(rows)} images`, { ...style, y: y + SMALL * 1.2 }),
  ];
}
