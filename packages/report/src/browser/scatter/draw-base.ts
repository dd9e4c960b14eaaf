/** The picture of the points with its axes. */
import { formatShare } from '@verger/core';
import { reachOf } from './brush.ts';
import { LABEL_ROWS } from './model.ts';
import { fill, paintLine, pixelOf, type Surface } from './paint.ts';
import { MOST_GROWTH, type Painting, paintScene, radiusIn } from './paint-scene.ts';
import type { Scene } from './scene.ts';
import type { Theme } from './theme.ts';
import { tickText, tickValues } from './ticks.ts';
import { type Frame, toScreen } from './view.ts';

/** A canvas to draw on. */
export interface Sheet {
  readonly context: CanvasRenderingContext2D;
  /** CSS pixels. */
  readonly width: number;
  readonly height: number;
  /** Pixels of the screen per CSS pixel. */
  readonly ratio: number;
  /** Shares of the variance, one per component. */
  readonly variance: readonly number[];
  readonly store: PixelStore;
}

/** Pixels of the last picture. */
export interface PixelStore {
  kept?: Pixels;
}

interface Pixels {
  readonly image: ImageData;
  readonly surface: Surface;
}

/** Where the points are on a canvas: the rest is for the axes, with letters of so many CSS pixels. */
export function frameOf(width: number, height: number, letters: number): Frame {
  const [left, bottom] = [(width < 480 ? 3.4 : 4.3) * letters, 3.5 * letters];
  return { left, top: 8, width: Math.max(10, width - left - 10), height: Math.max(10, height - bottom - 8) };
}

/** `PC 1 (16.2 %)`, the component from 0; for LABEL_ROWS what the rows are. */
export function axisName(component: number, variance: readonly number[]): string {
  if (component === LABEL_ROWS) return 'A row for each label';
  const share = variance[component];
  return share === undefined ? `PC ${component + 1}` : `PC ${component + 1} (${formatShare(share)})`;
}

/** Pixels of that size: the last ones again where it is the same, because a frame has megabytes. */
function pixelsOf(store: PixelStore, size: { width: number; height: number; pad: number }): Pixels {
  const { pad } = size;
  const [width, height] = [size.width + 2 * pad, size.height + 2 * pad];
  const { kept } = store;
  if (kept?.image.width === width && kept.image.height === height && kept.surface.pad === pad) return kept;
  const image = new ImageData(width, height);
  const pixels = new Uint32Array(image.data.buffer);
  store.kept = { image, surface: { pixels, width, height, pad } };
  return store.kept;
}

/** Draws everything but what moves with the pointer. Cost: 20 ms for 100,000 points. */
export function drawBase(scene: Scene, sheet: Sheet, theme: Theme): void {
  const { context, ratio } = sheet;
  const frame = frameOf(sheet.width, sheet.height, theme.letters);
  const pad = reachOf(radiusIn(scene, frame) * MOST_GROWTH * ratio);
  const [left, top] = [Math.round(frame.left * ratio), Math.round(frame.top * ratio)];
  const [width, height] = [Math.round(frame.width * ratio), Math.round(frame.height * ratio)];
  const { image, surface } = pixelsOf(sheet.store, { width, height, pad });
  fill(surface, pixelOf(theme.panel));
  paintGrid(surface, { scene, frame, ratio, theme });
  paintScene(surface, { scene, frame, ratio, theme });
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.fillStyle = `rgb(${theme.panel.join(' ')})`;
  context.fillRect(0, 0, context.canvas.width, context.canvas.height);
  context.putImageData(image, left - pad, top - pad, pad, pad, width, height);
  drawAxes(scene, sheet, theme);
}

function paintGrid(surface: Surface, { scene, frame, ratio, theme }: Painting): void {
  const { view } = scene;
  const { xs, ys } = ticksOf(scene, frame, theme.letters);
  const line = (along: 'x' | 'y', value: number, colour: number) => {
    const { x, y } = toScreen(view, frame, { x: value, y: value });
    const at = (along === 'y' ? x - frame.left : y - frame.top) * ratio;
    paintLine(surface, { along, at, colour });
  };
  for (const value of xs) line('y', value, pixelOf(theme.grid));
  for (const value of ys) line('x', value, pixelOf(theme.grid));
  if (xs.includes(0)) line('y', 0, pixelOf(theme.zero));
  if (ys.includes(0)) line('x', 0, pixelOf(theme.zero));
}

function ticksOf({ view, axes }: Scene, frame: Frame, letters: number): { xs: number[]; ys: number[] } {
  const up = tickValues(view.y0, view.y1, Math.max(3, Math.floor(frame.height / (5 * letters))));
  return {
    xs: tickValues(view.x0, view.x1, Math.max(3, Math.floor(frame.width / (7.5 * letters)))),
    ys: axes.y === LABEL_ROWS ? [] : up,
  };
}

function drawAxes(scene: Scene, sheet: Sheet, theme: Theme): void {
  const { view, axes } = scene;
  const { context, ratio, width, height, variance } = sheet;
  const frame = frameOf(width, height, theme.letters);
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.font = `${theme.letters}px ${theme.font}`;
  context.fillStyle = theme.muted;
  const { xs, ys } = ticksOf(scene, frame, theme.letters);
  context.textBaseline = 'top';
  context.textAlign = 'center';
  const bottom = frame.top + frame.height;
  for (const value of xs) {
    const { x } = toScreen(view, frame, { x: value, y: 0 });
    context.fillText(tickText(value, xs), x, bottom + 5);
  }
  context.textBaseline = 'middle';
  context.textAlign = 'right';
  for (const value of ys) {
    const { y } = toScreen(view, frame, { x: 0, y: value });
    context.fillText(tickText(value, ys), frame.left - 6, y);
  }
  context.fillStyle = theme.text;
  context.font = `600 ${theme.letters}px ${theme.font}`;
  context.textAlign = 'center';
  context.textBaseline = 'bottom';
  context.fillText(axisName(axes.x, variance), frame.left + frame.width / 2, height - 3);
  context.translate(3, frame.top + frame.height / 2);
  context.rotate(-Math.PI / 2);
  context.textBaseline = 'top';
  context.fillText(axisName(axes.y, variance), 0, 0);
  context.setTransform(1, 0, 0, 1, 0, 0);
}
