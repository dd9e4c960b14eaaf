import type { Colour } from './colour.ts';

/** A point of the image: x to the right, y down, in pixels of a 100×100 frame. */
export type Pixel = readonly [number, number];

/** One stop of a gradient: where (0 to 1), colour, opacity. */
export type Stop = readonly [number, Colour, number];

/** Gradients of one SVG, each written once. */
export interface Canvas {
  /** A gradient from the middle of whatever it fills (or from `middle`, in shares of its box) outward; gives the `fill` value. */
  radial(stops: readonly Stop[], middle?: Pixel): string;
  /** The SVG around the shapes: 100×100 on white. `scale` is the pixels a unit. */
  finish(shapes: string, scale: number): string;
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
    finish: (shapes, scale) =>
      `<svg xmlns="http://www.w3.org/2000/svg" width="${100 * scale}" height="${100 * scale}" viewBox="0 0 100 100"><defs>${defs()}</defs><rect width="100" height="100" fill="#ffffff"/>${shapes}</svg>`,
  };
}

/** The `d` of a closed curve that runs smoothly past the points (quadratic curves through the middles). */
export function smoothOutline(points: readonly Pixel[]): string {
  const middle = (index: number): string => {
    const [x1, y1] = points[index % points.length] ?? [0, 0];
    const [x2, y2] = points[(index + 1) % points.length] ?? [0, 0];
    return `${short((x1 + x2) / 2)} ${short((y1 + y2) / 2)}`;
  };
  const curves = points.map(
    (_, index) =>
      `Q${(points[(index + 1) % points.length] ?? [0, 0]).map(short).join(' ')} ${middle(index + 1)}`,
  );
  return `M${middle(0)}${curves.join('')}Z`;
}

/** The `d` of straight lines through the points. */
export function lines(points: readonly Pixel[], closed: boolean): string {
  return `M${points.map((point) => point.map(short).join(' ')).join('L')}${closed ? 'Z' : ''}`;
}

/** A filled path. */
export function filled(outline: string, fill: string, opacity = 1): string {
  return `<path d="${outline}" fill="${fill}"${opacity === 1 ? '' : ` opacity="${short(opacity)}"`}/>`;
}

/** A line of that width in pixels, with round ends. */
export function stroked(outline: string, colour: Colour, pen: { width: number; opacity?: number }): string {
  return `<path d="${outline}" fill="none" stroke="${colour}" stroke-width="${short(pen.width)}" stroke-linecap="round" stroke-linejoin="round" opacity="${short(pen.opacity ?? 1)}"/>`;
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
  return `<ellipse cx="${short(x)}" cy="${short(y)}" rx="${short(along)}" ry="${short(across)}" fill="${paint.fill}" opacity="${short(paint.opacity ?? 1)}"${rotate}/>`;
}
