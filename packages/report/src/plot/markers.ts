import { mm } from './svg.ts';

/** The form of a point. */
export type Shape = 'circle' | 'square' | 'triangle' | 'diamond';

/** The forms in the order of labels, where colours alone do not tell them apart. */
export const SHAPES: readonly Shape[] = ['circle', 'square', 'triangle', 'diamond'];

/** How the points of a label are drawn. */
export interface Marker {
  readonly colour: string;
  readonly shape: Shape;
}

/**
 * Points as one path. Circles and squares are ends of lines without length: 14 bytes a point. `radius` in mm;
 * forms of one radius look equally large.
 */
export function markerPath(
  { colour, shape }: Marker,
  points: Iterable<readonly [number, number]>,
  radius: number,
): string {
  const form = FORMS[shape](radius);
  let path = '';
  for (const [x, y] of points) path += `M${mm(x)} ${mm(y)}${form.each}`;
  return `<path ${form.attributes(colour)} d="${path}"/>`;
}

const dots = (cap: string, width: number) => ({
  each: 'h.01',
  attributes: (colour: string) =>
    `fill="none" stroke="${colour}" stroke-width="${mm(width)}" stroke-linecap="${cap}"`,
});

const filled = (each: string) => ({ each, attributes: (colour: string) => `fill="${colour}"` });

const FORMS: Readonly<
  Record<
    Shape,
    (radius: number) => { readonly each: string; readonly attributes: (colour: string) => string }
  >
> = {
  circle: (radius) => dots('round', radius * 2),
  square: (radius) => dots('square', radius * 1.76),
  triangle: (radius) => {
    const [side, height] = [radius * 2.5, radius * 2.2];
    return filled(`m0 ${mm(-height * 0.6)}l${mm(side / 2)} ${mm(height)}h${mm(-side)}z`);
  },
  diamond: (radius) => {
    const half = mm(radius * 1.3);
    return filled(`m0-${half}l${half} ${half}-${half} ${half}-${half}-${half}z`);
  },
};
