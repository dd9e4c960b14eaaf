/** Shapes of points as pixels: made once, painted a hundred thousand times. */
import type { Shape } from './palette.ts';

/** The pixels of a shape around its middle. */
export interface Brush {
  readonly dx: Int16Array;
  readonly dy: Int16Array;
  /** 1–256: how much of a pixel is covered. */
  readonly cover: Uint16Array;
  /** So many pixels, the first ones, are covered as a whole. */
  readonly solid: number;
}

/** Samples of a pixel in each direction. */
const SAMPLES = 4;
/** How far each shape reaches, over the radius of the circle: so that their areas look alike. */
const REACH: Readonly<Record<Shape, number>> = { circle: 1, square: 0.9, diamond: 1.28, triangle: 1.3 };

/** How far from its middle a shape of that radius has pixels. */
export function reachOf(radius: number): number {
  return Math.ceil(radius * 1.3) + 1;
}

/** A shape of a radius in pixels, smooth at its edge; `alpha` 0–1 makes it translucent. */
export function brushOf(shape: Shape, radius: number, alpha: number): Brush {
  const reach = reachOf(radius);
  const pixels: [number, number, number][] = [];
  for (let dy = -reach; dy <= reach; dy += 1) {
    for (let dx = -reach; dx <= reach; dx += 1) {
      const cover = Math.round(coverage(shape, radius, { dx, dy }) * alpha * 256);
      if (cover >= 8) pixels.push([dx, dy, cover]);
    }
  }
  pixels.sort(([, , one], [, , other]) => other - one);
  return {
    solid: pixels.filter(([, , cover]) => cover === 256).length,
    dx: Int16Array.from(pixels, ([dx]) => dx),
    dy: Int16Array.from(pixels, ([, dy]) => dy),
    cover: Uint16Array.from(pixels, ([, , cover]) => cover),
  };
}

function coverage(shape: Shape, radius: number, { dx, dy }: { dx: number; dy: number }): number {
  let inside = 0;
  for (let row = 0; row < SAMPLES; row += 1) {
    for (let column = 0; column < SAMPLES; column += 1) {
      const x = dx + (column + 0.5) / SAMPLES - 0.5;
      const y = dy + (row + 0.5) / SAMPLES - 0.5;
      if (contains(shape, radius * REACH[shape], x, y)) inside += 1;
    }
  }
  return inside / SAMPLES ** 2;
}

function contains(shape: Shape, reach: number, x: number, y: number): boolean {
  if (shape === 'circle') return x * x + y * y <= reach * reach;
  if (shape === 'square') return Math.abs(x) <= reach && Math.abs(y) <= reach;
  if (shape === 'diamond') return Math.abs(x) + Math.abs(y) <= reach;
  // Upright, its middle at a third of its height.
  return y <= reach * 0.6 && Math.abs(x) <= (y + reach) * 0.6;
}
