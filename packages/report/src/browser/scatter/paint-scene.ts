/** The points of a scene as pixels: all alike, or some in front of the others. */
import { type Brush, brushOf } from './brush.ts';
import { type PaintedPoints, paintPoints, pixelOf, type Surface } from './paint.ts';
import { SHAPES } from './palette.ts';
import { pointRadius } from './point-style.ts';
import { looksIn, type Scene } from './scene.ts';
import type { Theme } from './theme.ts';
import { type Frame, scaleOf, zoomOf } from './view.ts';

/** A scene, and how it comes on a surface. */
export interface Painting {
  readonly scene: Scene;
  readonly frame: Frame;
  /** Pixels of the surface per CSS pixel. */
  readonly ratio: number;
  readonly theme: Theme;
}

/** Points in front are larger by at least and at most so much. */
const LEAST_GROWTH = 1.25;
export const MOST_GROWTH = 1.8;
/** Up to so many points they are a little translucent; beyond, painting over is faster. */
const MOST_TRANSLUCENT = 12_000;

/** The radius of the points that are shown, CSS pixels. */
export function radiusIn(scene: Scene, { width, height }: Frame): number {
  const zoom = zoomOf(scene.view, scene.plane.whole);
  return pointRadius(shownPoints(scene), { zoom, area: width * height });
}

/** The radius of points in front of the others: the fewer, the larger. */
function frontRadius({ model, emphasis, chosen, view, plane }: Scene, frame: Frame, usual: number): number {
  const count = emphasis === -1 ? (chosen?.points.length ?? 0) : (model.sizes[emphasis] ?? 0);
  const area = frame.width * frame.height;
  const own = pointRadius(count, { zoom: zoomOf(view, plane.whole), area });
  return Math.min(usual * MOST_GROWTH, Math.max(usual * LEAST_GROWTH, own));
}

function shownPoints({ model, shown }: Scene): number {
  return model.sizes.reduce((sum, size, group) => sum + size * (shown[group] ?? 0), 0);
}

/** Paints the points. Cost: 10 ms for 100,000 of 2 pixels, four times that with a ratio of 2. */
export function paintScene(surface: Surface, { scene, frame, ratio, theme }: Painting): void {
  const { plane, view, emphasis, chosen, shown } = scene;
  const scale = scaleOf(view, frame);
  const points: PaintedPoints = {
    ...{ ...plane.sorted, points: plane.index.points, runs: plane.index.runs(view) },
    ...{ ax: scale.x * ratio, bx: -view.x0 * scale.x * ratio },
    ...{ ay: -scale.y * ratio, by: view.y1 * scale.y * ratio },
  };
  const looks = looksIn(scene, theme.scheme);
  const radius = radiusIn(scene, frame) * ratio;
  const brushes = (size: number, alpha: number): Brush[] => {
    const made = new Map(SHAPES.map((shape) => [shape, brushOf(shape, size, alpha)] as const));
    return looks.map(({ shape }) => made.get(shape)!);
  };
  const colours = Uint32Array.from(looks, ({ rgb }) => pixelOf(rgb));
  const all = { shown, colours, only: -1, marked: null };
  const alpha = shownPoints(scene) > MOST_TRANSLUCENT ? 1 : 0.88;
  if (emphasis === -1 && chosen === null) {
    paintPoints(surface, points, { ...all, brushes: brushes(radius, alpha) });
    return;
  }
  const grey = new Uint32Array(colours.length).fill(pixelOf(theme.dim));
  paintPoints(surface, points, { ...all, colours: grey, brushes: brushes(radius * 0.8, 0.3) });
  // A hidden label is seen while the pointer is on its name.
  const seen = emphasis === -1 ? shown : new Uint8Array(shown.length).fill(1);
  const marked = emphasis === -1 ? (chosen?.marks ?? null) : null;
  paintPoints(surface, points, {
    ...{ shown: seen, colours, only: emphasis, marked },
    brushes: brushes(frontRadius(scene, frame, radius / ratio) * ratio, 0.95),
  });
}
