import { element, onColourScheme } from '../elements.ts';
import { oncePerFrame, onWidth } from './canvas.ts';
import { type TimeScale, timeScale } from './time-scale.ts';
import type { TimelineBars } from './timeline-bars.ts';
import {
  drawAxis,
  drawBars,
  drawOverlay,
  type TimelineColours,
  type TimelineFrame,
  timelineColours,
  xOf,
} from './timeline-draw.ts';
import { barAt, failureAt, layOut, neighbour, type TimelineLayout } from './timeline-layout.ts';
import { barLines, failureLines, timelineSummary } from './timeline-words.ts';
import { type Tip, tipIn } from './tip.ts';

const SHORTEST_VIEW_MS = 20;

/** Failed attempts are on the axis too: those of reduce and finish come after the last bar. */
function scaleOf({ startMs, endMs, failures }: TimelineBars): TimeScale {
  const marks = failures.map(({ atMs }) => atMs);
  return timeScale([...startMs, ...marks], [...endMs, ...marks]);
}

/** A timeline on the page: what it shows, and how that is changed. Closed by `destroy`. */
export class TimelineView {
  readonly canvas = element('canvas', { tabindex: 0, role: 'application' });
  readonly scroll = element('div', { class: 'timeline-rows' });
  readonly buttons: readonly HTMLButtonElement[];
  readonly #place: HTMLElement;
  readonly #axis = element('canvas', { class: 'timeline-axis', 'aria-hidden': 'true' });
  readonly #over = element('canvas', { class: 'timeline-over', 'aria-hidden': 'true' });
  readonly #tip: Tip;
  readonly #frames = oncePerFrame(() => this.#draw());
  readonly #overFrames = oncePerFrame(() => this.#drawOver());
  readonly #ends: (() => void)[];
  #bars: TimelineBars;
  #layout: TimelineLayout;
  #scale: TimeScale;
  #colours: TimelineColours = timelineColours();
  #view: { from: number; to: number };
  #width = 0;
  #chosen: number | undefined;
  #span: readonly [number, number] | undefined;

  constructor(place: HTMLElement, bars: TimelineBars) {
    this.#place = place;
    this.#bars = bars;
    this.#layout = layOut(bars);
    this.#scale = scaleOf(bars);
    this.#view = { from: 0, to: this.#scale.length };
    this.buttons = ['Zoom in', 'Zoom out', 'Earlier', 'Later', 'Whole run'].map((text) =>
      element('button', { type: 'button', class: 'plain', text }),
    );
    const stack = element('div', { class: 'timeline-stack' }, [this.canvas, this.#over]);
    this.scroll.append(this.#axis, stack);
    const box = element('div', { class: 'timeline' }, [
      element('div', { class: 'chart-tools' }, [...this.buttons]),
      this.scroll,
    ]);
    place.replaceChildren(box);
    this.#tip = tipIn(box);
    this.#describe();
    this.#ends = [
      onWidth(this.scroll, (width) => {
        this.#width = width;
        this.#frames.now();
      }),
      onColourScheme(() => {
        this.#colours = timelineColours();
        this.#frames.now();
      }),
    ];
  }

  get frame(): TimelineFrame {
    const width = Math.max(120, this.#width);
    const gutter = Math.min(150, Math.round(width * 0.22));
    return { bars: this.#bars, layout: this.#layout, scale: this.#scale, view: this.#view, width, gutter };
  }

  /** Shows other bars; a view of the whole run stays one. */
  update(bars: TimelineBars): void {
    const wasWhole = this.#view.from === 0 && this.#view.to === this.#scale.length;
    const chosen = this.#chosen === undefined ? undefined : this.#bars.partition[this.#chosen];
    this.#bars = bars;
    this.#layout = layOut(bars);
    this.#scale = scaleOf(bars);
    const found = chosen === undefined ? -1 : bars.partition.indexOf(chosen);
    this.#chosen = found < 0 ? undefined : found;
    this.#describe();
    this.show(wasWhole ? { from: 0, to: this.#scale.length } : this.#view);
  }

  /** Shows a part of the axis, kept within it. */
  show({ from, to }: { from: number; to: number }): void {
    const length = this.#scale.length;
    const span = Math.min(length, Math.max(Math.min(SHORTEST_VIEW_MS, length), to - from));
    const left = Math.max(0, Math.min(length - span, from));
    this.#view = { from: left, to: left + span };
    this.#tip.hide();
    this.#frames.ask();
  }

  /** Zooms: factor 2 shows half as much. `x`: what stays in place, default the middle. */
  zoom(factor: number, x?: number): void {
    const { from, to } = this.#view;
    const at = x === undefined ? (from + to) / 2 : this.placeOf(x);
    this.show({ from: at - (at - from) / factor, to: at + (to - at) / factor });
  }

  /** Moves the view by a share of its length. */
  pan(share: number): void {
    const { from, to } = this.#view;
    const by = (to - from) * share;
    this.show({ from: from + by, to: to + by });
  }

  /** Moves the view by pixels. */
  drag(pixels: number): void {
    const { gutter, width } = this.frame;
    this.pan(pixels / (width - gutter));
  }

  whole(): void {
    this.show({ from: 0, to: this.#scale.length });
  }

  /** The place on the scale below a place on the canvas. */
  placeOf(x: number): number {
    const { gutter, width } = this.frame;
    const { from, to } = this.#view;
    return from + (Math.max(0, x - gutter) / (width - gutter)) * (to - from);
  }

  /** What is under the pointer: said beside it. */
  hover(x: number, y: number): void {
    const { frame } = this;
    const perPixel = (this.#view.to - this.#view.from) / (frame.width - frame.gutter);
    const failure = failureAt(this.#bars, this.#layout, { x, y, near: 6, xOf: (ms) => xOf(frame, ms) });
    const at = { ms: this.#scale.msAt(this.placeOf(x)), y, slackMs: 3 * perPixel };
    const bar = x < frame.gutter ? undefined : barAt(this.#bars, this.#layout, at);
    this.#choose(failure === undefined ? bar : undefined);
    if (failure !== undefined) this.#tip.show(failureLines(this.#bars, failure), this.#inBox(x, y));
    else if (bar !== undefined) this.#tip.show(barLines(this.#bars, bar), this.#inBox(x, y));
    else this.#nameRow(x, y);
  }

  leave(): void {
    this.#tip.hide();
  }

  /** The next partition by keyboard; the view follows it. */
  step(dx: number, dy: number): void {
    if (this.#bars.worker.length === 0) return;
    const from = this.#chosen;
    const bar =
      from === undefined || from >= this.#bars.worker.length
        ? 0
        : neighbour(this.#bars, this.#layout, { from, dx, dy });
    const middle = this.#scale.at(((this.#bars.startMs[bar] ?? 0) + (this.#bars.endMs[bar] ?? 0)) / 2);
    const { from: left, to: right } = this.#view;
    if (middle < left || middle > right) {
      this.show({ from: middle - (right - left) / 2, to: middle + (right - left) / 2 });
    }
    this.#choose(bar);
    const { gutter, width } = this.frame;
    const x = Math.max(gutter, Math.min(width, xOf(this.frame, this.#scale.msAt(middle))));
    const y = (this.#layout.top[bar] ?? 0) + this.#layout.laneHeight;
    this.scroll.scrollTop = Math.max(0, y - this.scroll.clientHeight / 2);
    const lines = barLines(this.#bars, bar);
    this.#tip.show(lines, this.#inBox(x, y));
    this.#tip.say(lines);
  }

  /** The span that the pointer draws out, in places of the canvas. */
  span(span: readonly [number, number] | undefined): void {
    this.#span = span;
    this.#tip.hide();
    this.#overFrames.ask();
  }

  destroy(): void {
    for (const end of this.#ends) end();
    this.#frames.end();
    this.#overFrames.end();
    this.#place.replaceChildren();
  }

  #choose(bar: number | undefined): void {
    if (this.#chosen === bar) return;
    this.#chosen = bar;
    this.#overFrames.ask();
  }

  #nameRow(x: number, y: number): void {
    const { gutter } = this.frame;
    const row = this.#layout.rows.findIndex(({ top, height }) => y >= top && y < top + height);
    const name = this.#bars.workers[row];
    if (x >= gutter || name === undefined) this.#tip.hide();
    else this.#tip.show([name], this.#inBox(x, y));
  }

  #inBox(x: number, y: number): { x: number; y: number } {
    const { offsetTop, scrollTop } = this.scroll;
    return { x, y: y + offsetTop + this.#axis.offsetHeight - scrollTop };
  }

  #describe(): void {
    this.canvas.setAttribute('aria-label', timelineSummary(this.#bars));
  }

  #draw(): void {
    const { frame } = this;
    drawAxis(this.#axis, frame, this.#colours);
    drawBars(this.canvas, frame, this.#colours);
    this.#drawOver();
  }

  #drawOver(): void {
    drawOverlay(this.#over, this.frame, { bar: this.#chosen, span: this.#span }, this.#colours);
  }
}
