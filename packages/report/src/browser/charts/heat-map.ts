import { counted, formatCount, formatShare, printable } from '@verger/core';
import type { LabelFacts } from '../../data/report-data.ts';
import { colour, element, onColourScheme } from '../elements.ts';
import { fillPixels, fitCanvas, measured, mixed, oncePerFrame, onWidth, pixelOf, ratioOf } from './canvas.ts';
import { type Cells, confusionOrder, mostConfused } from './confusion-order.ts';
import { tipIn } from './tip.ts';
import type { Chart } from './variance.ts';

/** What the heat map shows. */
export interface HeatMapOptions {
  readonly labels: readonly LabelFacts[];
  readonly cells: Cells;
  /** Labels at most: the most confused ones. */
  readonly most: number;
}

const SMALLEST_CELL = 4;
const LARGEST_CELL = 30;
/** A wider picture would not fit a screen's height. */
const WIDEST = 800;
/** From this size on, the names of labels stand beside the cells. */
const CELL_WITH_NAME = 11;
const FONT = '11px system-ui, sans-serif';

/** Fills `place` with the confusion of labels. Hover and arrow keys name a cell. Cost: 30 ms for 150 labels. */
export function mountHeatMap(place: HTMLElement, options: HeatMapOptions): Chart {
  const map = new HeatMap(place, options);
  return { destroy: () => map.destroy() };
}

class HeatMap {
  readonly #place: HTMLElement;
  readonly #labels: readonly LabelFacts[];
  readonly #order: readonly number[];
  /** By row and column of the picture. */
  readonly #counts: Uint32Array;
  /** Cells beside the diagonal, the largest first. */
  readonly #mistakes: readonly number[];
  readonly #canvas = element('canvas', { tabindex: 0, role: 'application' });
  readonly #over = element('canvas', { class: 'timeline-over', 'aria-hidden': 'true' });
  readonly #scroll = element('div', { class: 'heat-scroll' });
  readonly #tip;
  readonly #ending = new AbortController();
  readonly #ends: (() => void)[];
  readonly #frames = oncePerFrame(() => this.#drawOver());
  #cell = 0;
  #gutter = 0;
  #chosen: number | undefined;

  constructor(place: HTMLElement, { labels, cells, most }: HeatMapOptions) {
    this.#place = place;
    this.#labels = labels;
    this.#order = confusionOrder(mostConfused(labels.length, cells, most), labels, cells);
    const size = this.#order.length;
    const at = new Map(this.#order.map((label, index) => [label, index]));
    this.#counts = new Uint32Array(size * size);
    for (const [own, nearest, count] of cells) {
      const [row, column] = [at.get(own), at.get(nearest)];
      if (row !== undefined && column !== undefined) this.#counts[row * size + column] = count;
    }
    this.#mistakes = [...this.#counts.keys()]
      .filter((cell) => (this.#counts[cell] ?? 0) > 0 && cell % (size + 1) !== 0)
      .sort((a, b) => (this.#counts[b] ?? 0) - (this.#counts[a] ?? 0) || a - b);
    const stack = element('div', { class: 'timeline-stack heat' }, [this.#canvas, this.#over]);
    this.#scroll.append(stack);
    const box = element('div', { class: 'timeline' }, [this.#scroll, keyOf()]);
    place.replaceChildren(box);
    this.#tip = tipIn(box);
    this.#canvas.setAttribute(
      'aria-label',
      `Heat map: own label down, nearest label across, ${size} labels. Arrow keys choose a cell, \
Page Down and Page Up go through the most frequent mistakes.`,
    );
    this.#listen();
    this.#ends = [
      onWidth(this.#scroll, (all) => {
        const width = Math.min(all - 4, WIDEST);
        const names = this.#widestName();
        const withNames = Math.floor((width - names) / size);
        const hasNames = withNames >= CELL_WITH_NAME;
        this.#gutter = hasNames ? names : 0;
        const cell = hasNames ? withNames : Math.floor(width / size);
        this.#cell = Math.max(SMALLEST_CELL, Math.min(LARGEST_CELL, cell));
        this.#draw();
      }),
      onColourScheme(() => this.#draw()),
    ];
  }

  destroy(): void {
    this.#ending.abort();
    this.#frames.end();
    for (const end of this.#ends) end();
    this.#place.replaceChildren();
  }

  #name(index: number): string {
    const label = this.#labels[this.#order[index] ?? -1]?.label;
    return label === '' ? '(no label)' : printable(label ?? '');
  }

  #widestName(): number {
    const context = this.#canvas.getContext('2d');
    if (context === null) return 0;
    context.font = FONT;
    const widths = this.#order.map((_, index) => context.measureText(this.#name(index)).width);
    return Math.min(140, Math.ceil(Math.max(0, ...widths))) + 8;
  }

  #draw(): void {
    const size = this.#order.length;
    const side = size * this.#cell;
    const gutter = this.#gutter;
    const context = fitCanvas(this.#canvas, { width: gutter + side, height: gutter + side });
    const ratio = ratioOf();
    const pixels = Math.round(side * ratio);
    const picture = context.createImageData(pixels, pixels);
    const words = new Uint32Array(picture.data.buffer);
    const [empty, right, wrong] = [
      pixelOf(colour('--head')),
      pixelOf(colour('--bar')),
      pixelOf(colour('--bad')),
    ];
    words.fill(empty);
    const step = this.#cell * ratio;
    const gap = this.#cell >= 8 ? ratio : 0;
    for (const [cell, count] of this.#counts.entries()) {
      if (count === 0) continue;
      const [row, column] = [Math.floor(cell / size), cell % size];
      const share = Math.min(1, count / Math.max(1, this.#labels[this.#order[row] ?? 0]?.compared ?? 0));
      const pixel = mixed(empty, row === column ? right : wrong, 0.12 + 0.88 * Math.sqrt(share));
      const [x0, y0] = [Math.round(column * step), Math.round(row * step)];
      const x1 = Math.round((column + 1) * step - gap);
      const y1 = Math.round((row + 1) * step - gap);
      fillPixels(words, picture, { x0, y0, x1, y1, pixel });
    }
    context.putImageData(picture, Math.round(gutter * ratio), Math.round(gutter * ratio));
    if (gutter > 0) this.#drawNames(context);
    this.#drawOver();
  }

  #drawNames(context: CanvasRenderingContext2D): void {
    context.font = FONT;
    context.fillStyle = colour('--muted');
    context.textBaseline = 'middle';
    const most = this.#gutter - 8;
    for (const index of this.#order.keys()) {
      const text = cut(context, this.#name(index), most);
      const middle = this.#gutter + (index + 0.5) * this.#cell;
      context.textAlign = 'right';
      context.fillText(text, this.#gutter - 6, middle);
      context.save();
      context.translate(middle, this.#gutter - 6);
      context.rotate(-Math.PI / 2);
      context.textAlign = 'left';
      context.fillText(text, 0, 0);
      context.restore();
    }
  }

  #drawOver(): void {
    const side = this.#order.length * this.#cell + this.#gutter;
    const context = fitCanvas(this.#over, { width: side, height: side });
    if (this.#chosen === undefined) return;
    const { x, y } = this.#placeOf(this.#chosen);
    context.strokeStyle = colour('--text');
    context.globalAlpha = 0.35;
    context.lineWidth = 1;
    context.strokeRect(this.#gutter + 0.5, y + 0.5, side - this.#gutter - 1, this.#cell - 1);
    context.strokeRect(x + 0.5, this.#gutter + 0.5, this.#cell - 1, side - this.#gutter - 1);
    context.globalAlpha = 1;
    context.lineWidth = 2;
    context.strokeRect(x - 1, y - 1, this.#cell + 2, this.#cell + 2);
  }

  #placeOf(cell: number): { x: number; y: number } {
    const size = this.#order.length;
    return {
      x: this.#gutter + (cell % size) * this.#cell,
      y: this.#gutter + Math.floor(cell / size) * this.#cell,
    };
  }

  #lines(cell: number): string[] {
    const size = this.#order.length;
    const [row, column] = [Math.floor(cell / size), cell % size];
    const count = this.#counts[cell] ?? 0;
    const compared = this.#labels[this.#order[row] ?? 0]?.compared ?? 0;
    const own = this.#name(row);
    if (row === column) {
      return [`${own}: nearest to its own centroid`, sharePhrase(count, compared)];
    }
    return [`${own} mistaken for ${this.#name(column)}`, sharePhrase(count, compared)];
  }

  #choose(cell: number | undefined, isByKeyboard: boolean): void {
    this.#chosen = cell;
    this.#frames.ask();
    if (cell === undefined) {
      this.#tip.hide();
      return;
    }
    const lines = this.#lines(cell);
    const { x, y } = this.#placeOf(cell);
    const at = { x: x + this.#cell - this.#scroll.scrollLeft, y: y + this.#cell / 2 };
    if (isByKeyboard) {
      this.#scroll.scrollLeft = x - this.#scroll.clientWidth / 2;
      this.#tip.say(lines);
    }
    this.#tip.show(lines, at);
  }

  #listen(): void {
    const { signal } = this.#ending;
    this.#canvas.addEventListener(
      'pointermove',
      (event) => measured('verger:hover', () => this.#hover(event)),
      { signal },
    );
    this.#canvas.addEventListener('pointerdown', (event) => this.#hover(event), { signal });
    this.#canvas.addEventListener('pointerleave', () => this.#choose(undefined, false), { signal });
    this.#canvas.addEventListener('blur', () => this.#choose(undefined, false), { signal });
    this.#canvas.addEventListener('keydown', (event) => this.#onKey(event), { signal });
  }

  #hover(event: PointerEvent): void {
    const { left, top } = this.#canvas.getBoundingClientRect();
    const size = this.#order.length;
    const column = Math.floor((event.clientX - left - this.#gutter) / this.#cell);
    const row = Math.floor((event.clientY - top - this.#gutter) / this.#cell);
    const isInside = row >= 0 && column >= 0 && row < size && column < size;
    this.#choose(isInside ? row * size + column : undefined, false);
  }

  #onKey(event: KeyboardEvent): void {
    const size = this.#order.length;
    const last = size - 1;
    const [row, column] = [Math.floor((this.#chosen ?? 0) / size), (this.#chosen ?? 0) % size];
    const cellAt = (y: number, x: number) =>
      Math.max(0, Math.min(last, y)) * size + Math.max(0, Math.min(last, x));
    const mistake = (by: number) => {
      const now = this.#chosen === undefined ? -1 : this.#mistakes.indexOf(this.#chosen);
      const next = now < 0 ? 0 : Math.max(0, Math.min(this.#mistakes.length - 1, now + by));
      return this.#mistakes[next] ?? 0;
    };
    const acts: Readonly<Record<string, () => number>> = {
      ArrowLeft: () => cellAt(row, column - 1),
      ArrowRight: () => cellAt(row, column + 1),
      ArrowUp: () => cellAt(row - 1, column),
      ArrowDown: () => cellAt(row + 1, column),
      Home: () => cellAt(row, 0),
      End: () => cellAt(row, last),
      PageDown: () => mistake(1),
      PageUp: () => mistake(-1),
    };
    const act = event.ctrlKey || event.metaKey || event.altKey ? undefined : acts[event.key];
    if (act === undefined || size === 0) return;
    event.preventDefault();
    this.#choose(this.#chosen === undefined && event.key.startsWith('Arrow') ? 0 : act(), true);
  }
}

function sharePhrase(count: number, compared: number): string {
  const share = compared === 0 ? '' : ` (${formatShare(count / compared)} of ${formatCount(compared)})`;
  return `${counted(count, 'image')}${share}`;
}

function cut(context: CanvasRenderingContext2D, text: string, most: number): string {
  let shown = text;
  while (shown.length > 1 && context.measureText(shown).width > most) shown = `${shown.slice(0, -2)}…`;
  return shown;
}

/** What the colours mean. */
function keyOf(): HTMLElement {
  const item = (name: string, text: string) =>
    element('span', { class: 'key-item' }, [element('i', { class: `swatch ${name}` }), text]);
  return element('p', { class: 'key small muted' }, [
    item('right', 'nearest to the own centroid'),
    item('wrong', 'mistaken; the stronger, the larger the share of the label'),
    'Own label: rows; nearest centroid: columns.',
  ]);
}
