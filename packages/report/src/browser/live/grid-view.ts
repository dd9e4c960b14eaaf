/** The partitions of a run as a grid of cells on a canvas. */
import { formatCount } from '@verger/core';
import { type LiveState, PARTITION_STATES } from '../../data/live-data.ts';
import { fillPixels, measured, oncePerFrame, onWidth, pixelOf, ratioOf } from '../charts/canvas.ts';
import { type Tip, tipIn } from '../charts/tip.ts';
import { colour, element, onColourScheme } from '../elements.ts';
import { cellAt, cornerOf, type GridLayout, gridLayout, movedBy } from './grid-layout.ts';
import { cellLines } from './words.ts';

/** Draws the cells, and says which one is pointed at or chosen. */
export class GridView {
  readonly node: HTMLElement;
  readonly #box: HTMLElement;
  readonly #space = element('div', { class: 'grid-space' });
  readonly #canvas = element('canvas', { class: 'grid-canvas', 'aria-hidden': 'true' });
  readonly #mark = element('div', { class: 'grid-mark', hidden: true });
  readonly #tip: Tip;
  readonly #frame = oncePerFrame(() => this.#draw());
  readonly #open: (at: number) => void;
  #state: LiveState | undefined;
  #layout: GridLayout = gridLayout(0, 1);
  #pixels: readonly number[] = [];
  #width = 0;
  /** The cell that the keyboard is at. */
  #at = 0;

  /** `open` is called for a cell that is clicked, or chosen by Enter. */
  constructor(open: (at: number) => void) {
    this.#open = open;
    const what =
      'Grid of partitions. Arrow keys lead from cell to cell, Enter opens its details. ' +
      'The table of partitions below says the same.';
    this.#box = element('div', { class: 'grid-box', tabindex: 0, role: 'application', 'aria-label': what });
    this.#space.append(this.#canvas, this.#mark);
    this.#box.append(this.#space);
    this.node = element('div', { class: 'grid' }, [this.#box]);
    this.#tip = tipIn(this.node);
    this.#listen();
  }

  /** Shows another state. */
  update(state: LiveState): void {
    const isOther = state.columns.state.length !== this.#state?.columns.state.length;
    this.#state = state;
    if (isOther) this.#measure();
    this.#frame.ask();
  }

  /** Puts the focus on a cell, and scrolls to it. */
  focusOn(at: number): void {
    this.#at = at;
    this.#box.focus({ preventScroll: true });
    this.#showCell(at, true);
  }

  #listen(): void {
    const box = this.#box;
    onWidth(box, (width) => {
      this.#width = width;
      this.#measure();
    });
    onColourScheme(() => {
      this.#pixels = [];
      this.#frame.ask();
    });
    box.addEventListener('scroll', () => this.#frame.ask(), { passive: true });
    box.addEventListener('pointermove', (event) => measured('verger:hover', () => this.#hover(event)));
    box.addEventListener('pointerleave', () => this.#leave());
    box.addEventListener('blur', () => this.#leave());
    box.addEventListener('focus', () => {
      if (box.matches(':focus-visible')) this.#showCell(this.#at, true);
    });
    box.addEventListener('click', (event) => {
      const at = this.#cellOf(event);
      if (at === undefined) return;
      this.#at = at;
      this.#open(at);
    });
    box.addEventListener('keydown', (event) => this.#key(event));
  }

  #cellOf(event: MouseEvent): number | undefined {
    const { left, top } = this.#space.getBoundingClientRect();
    return cellAt(this.#layout, event.clientX - left, event.clientY - top);
  }

  #hover(event: PointerEvent): void {
    const at = this.#cellOf(event);
    if (at === undefined) this.#leave();
    else this.#showCell(at, false);
  }

  #leave(): void {
    this.#tip.hide();
    this.#mark.hidden = true;
  }

  #key(event: KeyboardEvent): void {
    if (event.key === 'Escape') this.#leave();
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      this.#open(this.#at);
      return;
    }
    const to = movedBy(this.#layout, this.#at, event.key, event.ctrlKey || event.metaKey);
    if (to === undefined || event.altKey) return;
    event.preventDefault();
    measured('verger:hover', () => {
      this.#at = to;
      this.#showCell(to, true);
    });
  }

  /** Marks a cell and says what it is; `isKey`: also to a screen reader, and scrolls to it. */
  #showCell(at: number, isKey: boolean): void {
    const state = this.#state;
    if (state === undefined || at >= this.#layout.count) return;
    const { x, y } = cornerOf(this.#layout, at);
    const { pitch, seen } = this.#layout;
    const box = this.#box;
    if (isKey && y < box.scrollTop) box.scrollTop = y;
    if (isKey && y + pitch > box.scrollTop + seen) box.scrollTop = y + pitch - seen;
    this.#mark.hidden = false;
    this.#mark.style.width = `${pitch - 1}px`;
    this.#mark.style.height = `${pitch - 1}px`;
    this.#mark.style.transform = `translate(${x}px, ${y}px)`;
    const lines = cellLines(state, at);
    const offset = box.offsetTop + box.clientTop;
    this.#tip.show(lines, { x: x + box.clientLeft + pitch / 2, y: y - box.scrollTop + offset + pitch / 2 });
    if (isKey) this.#tip.say(lines);
  }

  #measure(): void {
    const count = this.#state?.columns.state.length ?? 0;
    if (this.#width === 0 || count === 0) return;
    this.#layout = gridLayout(count, this.#width);
    this.#at = Math.min(this.#at, count - 1);
    const { height, seen } = this.#layout;
    this.#box.style.height = `${seen + 2}px`;
    this.#space.style.height = `${height}px`;
    this.#canvas.style.height = `${seen}px`;
    this.#canvas.style.width = `${this.#width}px`;
    this.#leave();
    this.#frame.ask();
  }

  /** Writes the pixels of the rows that are seen. */
  #draw(): void {
    const state = this.#state;
    if (state === undefined || this.#width === 0) return;
    if (this.#pixels.length === 0)
      this.#pixels = PARTITION_STATES.map((name) => pixelOf(colour(`--cell-${name}`)));
    const ratio = ratioOf();
    const { pitch, columns, seen, count } = this.#layout;
    const [width, height] = [Math.round(this.#width * ratio), Math.round(seen * ratio)];
    const canvas = this.#canvas;
    if (canvas.width !== width) canvas.width = width;
    if (canvas.height !== height) canvas.height = height;
    const context = canvas.getContext('2d');
    if (context === null) return;
    const image = context.createImageData(width, height);
    const pixels = new Uint32Array(image.data.buffer);
    const top = this.#box.scrollTop;
    const gap = Math.max(1, Math.round(ratio * (pitch > 12 ? 2 : 1)));
    const from = Math.floor(top / pitch) * columns;
    const to = Math.min(count, Math.ceil((top + seen) / pitch) * columns);
    for (let at = from; at < to; at += 1) {
      const x0 = Math.round((at % columns) * pitch * ratio);
      const y0 = Math.round((Math.floor(at / columns) * pitch - top) * ratio);
      const size = Math.round(pitch * ratio) - gap;
      const pixel = this.#pixels[state.columns.state[at] ?? 0] ?? 0;
      fillPixels(pixels, { width, height }, { x0, y0, x1: x0 + size, y1: y0 + size, pixel });
    }
    context.putImageData(image, 0, 0);
  }

  /** What is to be seen only by scrolling; empty where all is seen. */
  get hint(): string {
    const { rows, seen, pitch, height } = this.#layout;
    if (seen >= height) return '';
    return `${formatCount(Math.floor(seen / pitch))} of ${formatCount(rows)} rows are seen at once: scroll for the others.`;
  }
}
