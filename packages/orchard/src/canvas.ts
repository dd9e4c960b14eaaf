import type { Colour } from './colour.ts';

/** A point of the image: x to the right, y down, in pixels of a 100×100 frame. */
export type Pixel = readonly [number, number];

/** One stop of a gradient: where (0 to 1), colour, opacity. */
export type Stop = readonly [number, Colour, number];

/** Gradients of one SVG, each written once. */
export interface Canvas {
  /**
   * A gradient from the middle of whatever it fills (or from `middle`, in shares of its box) outward; gives
   * the `fill` value.
   */
  radial(stops: readonly Stop[], middle?: Pixel): string;
  /** The SVG around the shapes: 100×100 on white. */
  finish(shapes: string): string;
  /** A clip path of this outline; gives the `clip-path` value. */
  clip(outline: string): string;
}

const short = (value: number) => String(Math.round(value * 100) / 100);

/** An empty canvas. */
export function newCanvas(): Canvas {
  const ids = new Map<string, string>();
  const define = (make: (id: string) => string) => {
    const key = make('');
    const id = ids.get(key) ?? `d${ids.size}`;
    ids.set(key, id);
    return `url(#${id})`;
  };
  const defs = () => [...ids].map(([text, id]) => text.replace('id=""', `id="${id}"`)).join('');
  return {
    radial: (stops, middle = [0.5, 0.5]) =>
      define(
        (id) =>
          `<radialGradient id="${id}" cx="${short(middle[0])}" cy="${short(middle[1])}" r="${short(
            0.5 + Math.hypot(middle[0] - 0.5, middle[1] - 0.5),
          )}">${stops
            .map(
              ([at, colour, opacity]) =>
                `<stop offset="${short(at)}" stop-color="${colour}" stop-opacity="${short(opacity)}"/>`,
            )
            .join('')}</radialGradient>`,
      ),
    clip: (outline) => define((id) => `<clipPath id="${id}"><path d="${outline}"/></clipPath>`),
    finish: (shapes) =>
      `<svg xmlns="http://www.w3.org/2000/svg" width="100" height="100" viewBox="0 0 100 100"><defs>${defs()}</defs><rect width="100" height="100" fill="#ffffff"/>${shapes}</svg>`,
  };
}

/** The `d` of a closed curve that runs smoothly past the points (quadratic curves through the middles). */
export function smoothOutline(points: readonly Pixel[]): string {
  const last = points[points.length - 1] ?? [0, 0];
  let before = last;
  let outline = '';
  for (const point of points) {
    const middle = `${short((before[0] + point[0]) / 2)} ${short((before[1] + point[1]) / 2)}`;
    outline +=
      before === last && outline === '' ? `M${middle}` : `Q${short(before[0])} ${short(before[1])} ${middle}`;
    before = point;
  }
  const [x, y] = points[0] ?? last;
  const [middleX, middleY] = [(last[0] + x) / 2, (last[1] + y) / 2];
  return `${outline}Q${short(last[0])} ${short(last[1])} ${short(middleX)} ${short(middleY)}Z`;
}

/** The `d` of straight lines through the points. */
export function lines(points: readonly Pixel[], closed: boolean): string {
  return `M${points.map((point) => point.map(short).join(' ')).join('L')}${closed ? 'Z' : ''}`;
}

/** A filled path. */
export function filled(outline: string, fill: string, opacity = 1): string {
  return `<path d="${outline}" fill="${fill}"${opacity === 1 ? '' : ` fill-opacity="${short(opacity)}"`}/>`;
}

/** A line of that width in pixels, with round ends. */
export function stroked(outline: string, colour: Colour, pen: { width: number; opacity?: number }): string {
  return `<path d="${outline}" fill="none" stroke="${colour}" stroke-width="${short(pen.width)}" stroke-linecap="round" stroke-linejoin="round" stroke-opacity="${short(pen.opacity ?? 1)}"/>`;
}

/**
 * The `d` of an ellipse, its first radius along `angle` (radians, counter-clockwise as seen). Many of them
 * make one path, which renders ten times faster than as many elements.
 */
export function oval([x, y]: Pixel, [along, across]: readonly [number, number], angle: number): string {
  const [dx, dy] = [Math.cos(angle) * along, -Math.sin(angle) * along];
  const arc = `a${short(along)} ${short(across)} ${short((angle * -180) / Math.PI)} 1 0 `;
  return `M${short(x - dx)} ${short(y - dy)}${arc}${short(2 * dx)} ${short(2 * dy)}${arc}${short(-2 * dx)} ${short(-2 * dy)}Z`;
}

/**
 * Soft shade along the inside of an outline, deeper away from the light (a direction, y up). To be drawn
 * inside the outline's clip. Wide strokes are the dearest part of an image, so the line is coarse and has
 * plain joins: nothing of it is seen.
 */
export function edgeShade(
  outline: readonly Pixel[],
  colour: Colour,
  pen: { light: readonly [number, number]; widths: readonly number[]; opacity: number },
): string {
  const [dx, dy] = [pen.light[0] * 2.5, -pen.light[1] * 2.5];
  const coarse = outline.filter((_, index) => index % 3 === 0).map(([x, y]): Pixel => [x + dx, y + dy]);
  const path = lines(coarse, true);
  return pen.widths
    .map(
      (width) =>
        `<path d="${path}" fill="none" stroke="${colour}" stroke-width="${width}" stroke-opacity="${short(pen.opacity)}"/>`,
    )
    .join('');
}

/** An ellipse with radii in pixels, its first radius along `angle` (radians, counter-clockwise as seen). */
export function ellipse(
  [x, y]: Pixel,
  [along, across]: readonly [number, number],
  paint: { fill: string; angle?: number; opacity?: number },
): string {
  const turn = ((paint.angle ?? 0) * -180) / Math.PI;
  const at = `${short(x)} ${short(y)}`;
  const rotate = turn === 0 ? '' : ` transform="rotate(${short(turn)} ${at})"`;
  const opacity = paint.opacity === undefined ? '' : ` fill-opacity="${short(paint.opacity)}"`;
  return `<ellipse cx="${short(x)}" cy="${short(y)}" rx="${short(along)}" ry="${short(across)}" fill="${paint.fill}"${opacity}${rotate}/>`;
}
