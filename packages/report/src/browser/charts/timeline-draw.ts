/** The picture of a timeline: bars as pixels, axis, names and marks over them. */
import { colour } from '../elements.ts';
import { cssOf, fillPixels, fitCanvas, mixed, pixelOf, ratioOf } from './canvas.ts';
import { type TimeScale, ticksOf } from './time-scale.ts';
import type { TimelineBars } from './timeline-bars.ts';
import type { TimelineLayout } from './timeline-layout.ts';

/** Everything that a frame depends on. `from`, `to`: places on the scale. */
export interface TimelineFrame {
  readonly bars: TimelineBars;
  readonly layout: TimelineLayout;
  readonly scale: TimeScale;
  readonly view: { readonly from: number; readonly to: number };
  readonly width: number;
  /** Of the names at the left. */
  readonly gutter: number;
}

/** Height of the axis. */
export const AXIS_HEIGHT = 22;
const FONT = '11px system-ui, sans-serif';

/** The place of a time in a frame, CSS pixels from the left. */
export function xOf({ view, width, gutter, scale }: TimelineFrame, ms: number): number {
  return gutter + ((scale.at(ms) - view.from) / (view.to - view.from)) * (width - gutter);
}

/** The colours of a timeline as the page is now. */
export interface TimelineColours {
  readonly text: string;
  readonly muted: string;
  readonly line: string;
  readonly failure: string;
  readonly panel: number;
  readonly bar: number;
  readonly other: number;
  readonly retried: number;
  readonly onBar: string;
}

/** Reads the colours of the style. */
export function timelineColours(): TimelineColours {
  const panel = pixelOf(colour('--panel'));
  const bar = pixelOf(colour('--bar'));
  return {
    ...{ text: colour('--text'), muted: colour('--muted'), line: colour('--line'), failure: colour('--bad') },
    ...{ panel, bar, other: mixed(bar, panel, 0.3), retried: pixelOf(colour('--retried')) },
    onBar: cssOf(panel),
  };
}

/** Draws all bars. Cost: 10 ms for 20,000 of them. */
export function drawBars(canvas: HTMLCanvasElement, frame: TimelineFrame, colours: TimelineColours): void {
  const { bars, layout, width, gutter } = frame;
  const context = fitCanvas(canvas, { width, height: layout.height });
  const ratio = ratioOf();
  const picture = context.createImageData(
    Math.max(1, Math.round((width - gutter) * ratio)),
    Math.max(1, canvas.height),
  );
  const pixels = new Uint32Array(picture.data.buffer);
  const thin = layout.laneHeight < 6 ? 0 : 1;
  for (let at = 0; at < bars.worker.length; at += 1) {
    const x0 = Math.round((xOf(frame, bars.startMs[at] ?? 0) - gutter) * ratio);
    const end = Math.round((xOf(frame, bars.endMs[at] ?? 0) - gutter) * ratio);
    if (end < 0 || x0 > picture.width) continue;
    const y0 = Math.round((layout.top[at] ?? 0) * ratio);
    const y1 = Math.max(y0 + 1, Math.round(((layout.top[at] ?? 0) + layout.laneHeight - thin) * ratio));
    const wide = end - x0;
    const isOdd = (bars.partition[at] ?? 0) % 2 === 1;
    const shade = isOdd ? colours.other : colours.bar;
    const pixel = (bars.attempt[at] ?? 1) > 1 ? colours.retried : shade;
    fillPixels(pixels, picture, { x0, y0, x1: Math.max(x0 + 1, wide > 4 ? end - 1 : end), y1, pixel });
  }
  context.putImageData(picture, Math.round(gutter * ratio), 0);
  drawNumbers(context, frame, colours);
  drawNames(context, frame, colours);
  drawBreaks(context, frame, colours);
  drawFailures(context, frame, colours);
}

function drawNumbers(
  context: CanvasRenderingContext2D,
  frame: TimelineFrame,
  colours: TimelineColours,
): void {
  const { bars, layout, width, gutter } = frame;
  if (layout.laneHeight < 13) return;
  context.font = FONT;
  context.fillStyle = colours.onBar;
  context.textBaseline = 'middle';
  context.textAlign = 'left';
  for (let at = 0; at < bars.worker.length; at += 1) {
    const left = Math.max(gutter, xOf(frame, bars.startMs[at] ?? 0));
    const right = Math.min(width, xOf(frame, bars.endMs[at] ?? 0));
    if (right - left < 36) continue;
    const text = String(bars.partition[at] ?? '');
    context.fillText(text, left + 4, (layout.top[at] ?? 0) + layout.laneHeight / 2);
  }
}

function drawNames(context: CanvasRenderingContext2D, frame: TimelineFrame, colours: TimelineColours): void {
  const { bars, layout, gutter } = frame;
  context.font = FONT;
  context.fillStyle = colours.muted;
  context.textBaseline = 'middle';
  context.textAlign = 'right';
  let free = 0;
  for (const [at, { top, height }] of layout.rows.entries()) {
    const middle = top + height / 2;
    if (middle - 7 < free) continue;
    free = middle + 7;
    context.fillText(shortened(context, bars.workers[at] ?? '', gutter - 12), gutter - 8, middle);
  }
}

/** A name cut in its middle, so that it is at most that wide. */
function shortened(context: CanvasRenderingContext2D, text: string, most: number): string {
  if (context.measureText(text).width <= most) return text;
  for (let left = Math.min(40, text.length - 1); left > 2; left -= 1) {
    const half = Math.floor(left / 2);
    const cut = `${text.slice(0, left - half)}…${text.slice(text.length - half)}`;
    if (context.measureText(cut).width <= most) return cut;
  }
  return '…';
}

function drawBreaks(context: CanvasRenderingContext2D, frame: TimelineFrame, colours: TimelineColours): void {
  const { scale, layout, gutter } = frame;
  context.strokeStyle = colours.muted;
  context.lineWidth = 1;
  context.setLineDash([3, 3]);
  for (const [at, { fromMs }] of scale.stretches.entries()) {
    const before = scale.stretches[at - 1];
    if (before === undefined) continue;
    const x = Math.round((xOf(frame, before.toMs) + xOf(frame, fromMs)) / 2) + 0.5;
    if (x < gutter) continue;
    context.beginPath();
    context.moveTo(x, 0);
    context.lineTo(x, layout.height);
    context.stroke();
  }
  context.setLineDash([]);
}

function drawFailures(
  context: CanvasRenderingContext2D,
  frame: TimelineFrame,
  colours: TimelineColours,
): void {
  const { bars, layout, width, gutter } = frame;
  context.beginPath();
  const size = 4;
  for (const { worker, atMs } of bars.failures) {
    const row = layout.rows[worker];
    const x = xOf(frame, atMs);
    if (row === undefined || x < gutter || x > width) continue;
    const y = row.top + row.height / 2;
    context.moveTo(x - size, y - size);
    context.lineTo(x + size, y + size);
    context.moveTo(x + size, y - size);
    context.lineTo(x - size, y + size);
  }
  context.lineCap = 'round';
  context.lineWidth = 4;
  context.strokeStyle = colours.onBar;
  context.stroke();
  context.lineWidth = 2;
  context.strokeStyle = colours.failure;
  context.stroke();
}

/** Draws the axis: time since the first bar. */
export function drawAxis(canvas: HTMLCanvasElement, frame: TimelineFrame, colours: TimelineColours): void {
  const { width, gutter, scale, view } = frame;
  const context = fitCanvas(canvas, { width, height: AXIS_HEIGHT });
  context.font = FONT;
  context.fillStyle = colours.muted;
  context.strokeStyle = colours.line;
  context.textBaseline = 'middle';
  context.textAlign = 'center';
  let free = Number.NEGATIVE_INFINITY;
  for (const { at, text } of ticksOf(scale, view, (width - gutter) / 80)) {
    const x = gutter + ((at - view.from) / (view.to - view.from)) * (width - gutter);
    context.beginPath();
    context.moveTo(Math.round(x) + 0.5, AXIS_HEIGHT - 4);
    context.lineTo(Math.round(x) + 0.5, AXIS_HEIGHT);
    context.stroke();
    const half = context.measureText(text).width / 2;
    const middle = Math.max(gutter + half, Math.min(width - half - 1, x));
    if (middle - half < free) continue;
    context.fillText(text, middle, AXIS_HEIGHT / 2 - 1);
    free = middle + half + 10;
  }
  context.beginPath();
  context.moveTo(gutter, AXIS_HEIGHT - 0.5);
  context.lineTo(width, AXIS_HEIGHT - 0.5);
  context.stroke();
}

/** Draws what is chosen, and the span that is being drawn out, over the bars. */
export function drawOverlay(
  canvas: HTMLCanvasElement,
  frame: TimelineFrame,
  over: { readonly bar: number | undefined; readonly span: readonly [number, number] | undefined },
  colours: TimelineColours,
): void {
  const { bars, layout, width, gutter } = frame;
  const context = fitCanvas(canvas, { width, height: layout.height });
  if (over.span !== undefined) {
    const [from, to] = over.span;
    context.fillStyle = colours.muted;
    context.globalAlpha = 0.25;
    context.fillRect(Math.min(from, to), 0, Math.abs(to - from), layout.height);
    context.globalAlpha = 1;
  }
  if (over.bar === undefined) return;
  const left = Math.max(gutter, xOf(frame, bars.startMs[over.bar] ?? 0));
  const right = Math.min(width, xOf(frame, bars.endMs[over.bar] ?? 0));
  if (right < gutter || left > width) return;
  const top = layout.top[over.bar] ?? 0;
  context.strokeStyle = colours.text;
  context.lineWidth = 2;
  context.strokeRect(left - 1, top - 1, Math.max(3, right - left + 1), layout.laneHeight + 1);
}
