import { element, onColourScheme } from '../elements.ts';
import { measured, oncePerFrame, onWidth } from './canvas.ts';
import { drawChosen, drawHeatMap, type HeatMapSizes, sizesIn } from './heat-map-draw.ts';
import {
  cellAfter,
  cellLines,
  type HeatMapModel,
  type HeatMapOptions,
  heatMapOf,
  placeOf,
  RIGHT_STEPS,
  type Step,
  stepWords,
  WRONG_STEPS,
} from './heat-map-model.ts';
import { type Tip, tipIn } from './tip.ts';
import type { Chart } from './variance.ts';

export type { HeatMapOptions } from './heat-map-model.ts';

/**
 * Fills `place` with the confusion of labels. Hover and arrow keys name a cell. Cost: 30 ms for 150 labels.
 */
export function mountHeatMap(place: HTMLElement, options: HeatMapOptions): Chart {
  const map = new HeatMap(place, heatMapOf(options));
  return { destroy: () => map.destroy() };
}

class HeatMap {
  readonly #place: HTMLElement;
  readonly #model: HeatMapModel;
  readonly #canvas = element('canvas', { tabindex: 0, role: 'application' });
  readonly #over = element('canvas', { class: 'timeline-over', 'aria-hidden': 'true' });
  readonly #scroll = element('div', { class: 'heat-scroll' });
  readonly #tip: Tip;
  readonly #ending = new AbortController();
  readonly #ends: (() => void)[];
  readonly #frames = oncePerFrame(() => this.#drawChosen());
  #sizes: HeatMapSizes = { cell: 0, gutter: 0 };
  #chosen: number | undefined;

  constructor(place: HTMLElement, model: HeatMapModel) {
    this.#place = place;
    this.#model = model;
    this.#scroll.append(element('div', { class: 'timeline-stack heat' }, [this.#canvas, this.#over]));
    const box = element('div', { class: 'timeline' }, [this.#scroll, keyOf()]);
    place.replaceChildren(box);
    this.#tip = tipIn(box);
    this.#canvas.setAttribute(
      'aria-label',
      `Heat map: own label down, nearest label across, ${model.size} labels. Arrow keys choose a cell, \
Page Down and Page Up go through the most frequent mistakes.`,
    );
    this.#listen();
    this.#ends = [
      onWidth(this.#scroll, (width) => {
        this.#sizes = sizesIn(this.#canvas, model, width);
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

  #draw(): void {
    drawHeatMap(this.#canvas, this.#model, this.#sizes);
    this.#drawChosen();
  }

  #drawChosen(): void {
    drawChosen(this.#over, this.#model, { ...this.#sizes, chosen: this.#chosen });
  }

  #choose(cell: number | undefined): void {
    this.#chosen = cell;
    this.#frames.ask();
    if (cell === undefined) this.#tip.hide();
    else this.#showTip(cell);
  }

  #showTip(chosen: number): void {
    const { cell, gutter } = this.#sizes;
    const { row, column } = placeOf(this.#model, chosen);
    const x = gutter + (column + 1) * cell - this.#scroll.scrollLeft;
    this.#tip.show(cellLines(this.#model, chosen), { x, y: gutter + (row + 0.5) * cell });
  }

  #listen(): void {
    const { signal } = this.#ending;
    const hover = (event: PointerEvent) => measured('verger:hover', () => this.#hover(event));
    this.#canvas.addEventListener('pointermove', hover, { signal });
    this.#canvas.addEventListener('pointerdown', hover, { signal });
    this.#canvas.addEventListener('pointerleave', () => this.#choose(undefined), { signal });
    this.#canvas.addEventListener('blur', () => this.#choose(undefined), { signal });
    this.#canvas.addEventListener('keydown', (event) => this.#onKey(event), { signal });
  }

  #hover(event: PointerEvent): void {
    const { left, top } = this.#canvas.getBoundingClientRect();
    const { cell, gutter } = this.#sizes;
    const { size } = this.#model;
    const column = Math.floor((event.clientX - left - gutter) / cell);
    const row = Math.floor((event.clientY - top - gutter) / cell);
    const isInside = row >= 0 && column >= 0 && row < size && column < size;
    this.#choose(isInside ? row * size + column : undefined);
  }

  #onKey(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const next = cellAfter(this.#model, event.key, this.#chosen);
    if (next === undefined) return;
    event.preventDefault();
    const { column } = placeOf(this.#model, next);
    this.#scroll.scrollLeft = this.#sizes.gutter + column * this.#sizes.cell - this.#scroll.clientWidth / 2;
    this.#choose(next);
    this.#tip.say(cellLines(this.#model, next));
  }
}

/** What the colours mean. */
function keyOf(): HTMLElement {
  const line = (name: string, colour: string, steps: readonly Step[]) => {
    const words = stepWords(steps);
    const items = steps.map(({ strength }, at) => {
      const swatch = element('i', { class: 'swatch' });
      swatch.style.background = `color-mix(in srgb, var(${colour}) ${strength * 100}%, var(--head))`;
      return element('span', { class: 'key-item' }, [swatch, words[at] ?? '']);
    });
    return element('p', { class: 'key small muted' }, [element('span', { text: name }), ...items]);
  };
  return element('div', { class: 'keys' }, [
    line('Nearest to their own centroid (diagonal), of the label:', '--bar', RIGHT_STEPS),
    line('Mistaken, of the label:', '--bad', WRONG_STEPS),
    element('p', {
      class: 'small muted',
      text: 'Rows: own label. Columns: label of the nearest centroid. Point at a cell, or tap it, for its names.',
    }),
  ]);
}
