/** The picture of a heat map: cells as pixels, names beside them. */
import { colour } from '../elements.ts';
import { fillPixels, fitCanvas, mixed, pixelOf, ratioOf } from './canvas.ts';
import { type HeatMapModel, placeOf, strengthOf } from './heat-map-model.ts';

/** Sizes of a picture, CSS pixels. */
export interface HeatMapSizes {
  /** Side of a cell. */
  readonly cell: number;
  /** Of the names; 0 without them. */
  readonly gutter: number;
}

const SMALLEST_CELL = 4;
const LARGEST_CELL = 30;
/** A wider picture would not fit a screen's height. */
const WIDEST = 800;
/** From this size on, the names of labels stand beside the cells. */
const CELL_WITH_NAME = 11;
const WIDEST_NAME = 140;
/** Names that are cut to less say nothing. */
const LEAST_NAME = 36;
const FONT = '11px system-ui, sans-serif';

/** The sizes that fit a width. */
export function sizesIn(
  canvas: HTMLCanvasElement,
  { size, names }: HeatMapModel,
  room: number,
): HeatMapSizes {
  const width = Math.min(room - 4, WIDEST);
  const context = canvas.getContext('2d');
  if (context !== null) context.font = FONT;
  const widest = Math.max(0, ...names.map((name) => context?.measureText(name).width ?? 0));
  const wanted = Math.min(WIDEST_NAME, Math.ceil(widest)) + 8;
  // On a phone names are cut, so that they still stand beside the cells.
  const left = Math.floor(width - size * CELL_WITH_NAME);
  const gutter = Math.min(wanted, Math.max(left, Math.min(wanted, LEAST_NAME)));
  const beside = Math.floor((width - gutter) / Math.max(1, size));
  const hasNames = beside >= CELL_WITH_NAME;
  const cell = hasNames ? beside : Math.floor(width / Math.max(1, size));
  return {
    cell: Math.max(SMALLEST_CELL, Math.min(LARGEST_CELL, cell)),
    gutter: hasNames ? gutter : 0,
  };
}

/** Draws cells and names. Cost: 5 ms for 150 labels. */
export function drawHeatMap(
  canvas: HTMLCanvasElement,
  model: HeatMapModel,
  { cell, gutter }: HeatMapSizes,
): void {
  const side = model.size * cell;
  if (side === 0) return;
  const context = fitCanvas(canvas, { width: gutter + side, height: gutter + side });
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
  const step = cell * ratio;
  const gap = cell >= 8 ? ratio : 0;
  for (const [at, count] of model.counts.entries()) {
    if (count === 0) continue;
    const { row, column } = placeOf(model, at);
    fillPixels(words, picture, {
      ...{ x0: Math.round(column * step), y0: Math.round(row * step) },
      ...{ x1: Math.round((column + 1) * step - gap), y1: Math.round((row + 1) * step - gap) },
      pixel: mixed(empty, row === column ? right : wrong, strengthOf(model, at)),
    });
  }
  context.putImageData(picture, Math.round(gutter * ratio), Math.round(gutter * ratio));
  if (gutter > 0) drawNames(context, model, { cell, gutter });
}

function drawNames(
  context: CanvasRenderingContext2D,
  { names }: HeatMapModel,
  { cell, gutter }: HeatMapSizes,
): void {
  context.font = FONT;
  context.fillStyle = colour('--muted');
  context.textBaseline = 'middle';
  for (const [index, name] of names.entries()) {
    const text = cut(context, name, gutter - 8);
    const middle = gutter + (index + 0.5) * cell;
    context.textAlign = 'right';
    context.fillText(text, gutter - 6, middle);
    context.save();
    context.translate(middle, gutter - 6);
    context.rotate(-Math.PI / 2);
    context.textAlign = 'left';
    context.fillText(text, 0, 0);
    context.restore();
  }
}

function cut(context: CanvasRenderingContext2D, text: string, most: number): string {
  let shown = text;
  while (shown.length > 1 && context.measureText(shown).width > most) shown = `${shown.slice(0, -2)}…`;
  return shown;
}

/** Draws the frame of the chosen cell, its row and its column. */
export function drawChosen(
  canvas: HTMLCanvasElement,
  model: HeatMapModel,
  { cell, gutter, chosen }: HeatMapSizes & { readonly chosen: number | undefined },
): void {
  const side = model.size * cell + gutter;
  const context = fitCanvas(canvas, { width: side, height: side });
  if (chosen === undefined) return;
  const { row, column } = placeOf(model, chosen);
  const [x, y] = [gutter + column * cell, gutter + row * cell];
  context.strokeStyle = colour('--text');
  context.globalAlpha = 0.35;
  context.lineWidth = 1;
  context.strokeRect(gutter + 0.5, y + 0.5, side - gutter - 1, cell - 1);
  context.strokeRect(x + 0.5, gutter + 0.5, cell - 1, side - gutter - 1);
  context.globalAlpha = 1;
  context.lineWidth = 2;
  context.strokeRect(x - 1, y - 1, cell + 2, cell + 2);
}
