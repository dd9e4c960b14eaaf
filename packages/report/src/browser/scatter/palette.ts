/** Colours and shapes of labels: as far apart as they can be, neighbours most of all. */

import { contrast, type Lab, labDistance, labOf, type Rgb, rgbOf } from './oklab.ts';
import { apart } from './palette-order.ts';

/** Light or dark, as the page is. */
export type Scheme = 'light' | 'dark';

/** How the points of a label are drawn. */
export type Shape = 'circle' | 'square' | 'diamond' | 'triangle';

/** One label's look. */
export interface Look {
  readonly rgb: Rgb;
  readonly shape: Shape;
}

/** What the points are drawn on: `--panel` of the style. */
export const PANEL: Readonly<Record<Scheme, Rgb>> = { light: [255, 255, 255], dark: [26, 31, 28] };
/** Colours beyond which nobody tells them apart; further labels take them again, in other shapes. */
export const MOST_COLOURS = 256;
/** Up to so many labels all points are circles. */
export const MOST_CIRCLES = 11;
/** Up to so many labels the colours are calm, and contrast with the panel. */
export const ENOUGH_COLOURS = 24;
/**
 * The least contrast of a colour with the panel: what WCAG 2 asks of graphics; beyond `ENOUGH_COLOURS` less,
 * because then it matters more to tell one from another.
 */
const LEAST_CONTRAST = { few: 3, many: 2.1 };
/** Of small spots the hue is seen better than the lightness. */
const HUE_WEIGHT = 1.5;
/** All shapes. */
export const SHAPES: readonly Shape[] = ['circle', 'square', 'diamond', 'triangle'];

/** Lightness and chroma to choose from: calm for few labels, all that a screen has for many. */
interface Range {
  readonly lightness: Readonly<Record<Scheme, readonly number[]>>;
  readonly chroma: readonly number[];
  readonly hues: number;
}

const FEW: Range = {
  lightness: { light: [0.5, 0.58, 0.65], dark: [0.66, 0.74, 0.82] },
  chroma: [0.12, 0.15],
  hues: 36,
};
const SOME: Range = {
  lightness: { light: [0.4, 0.5, 0.59, 0.67], dark: [0.58, 0.68, 0.78, 0.88] },
  chroma: [0.08, 0.12, 0.16, 0.2],
  hues: 48,
};
const MANY: Range = {
  lightness: {
    light: [0.34, 0.42, 0.5, 0.58, 0.66, 0.73, 0.8],
    dark: [0.55, 0.62, 0.69, 0.76, 0.84, 0.92],
  },
  chroma: [0.05, 0.08, 0.12, 0.16, 0.2, 0.25],
  hues: 48,
};

/** A colour to choose. */
export interface Colour {
  /** Its place in OKLab, hues weighted. */
  readonly lab: Lab;
  readonly rgb: Rgb;
}

const known = new Map<string, readonly Look[]>();

/** The looks of so many labels, in their order. Cost: 10 ms for 256 colours, once. */
export function looksOf(count: number, scheme: Scheme): readonly Look[] {
  const key = `${scheme} ${count}`;
  const made = known.get(key);
  if (made !== undefined) return made;
  const colours = apart(farthest(candidates(count, scheme), Math.min(count, MOST_COLOURS)));
  const looks = Array.from({ length: count }, (_, at): Look => {
    // Shapes go on where the colours begin again, so that a colour comes back in each shape.
    const turn = at + Math.floor(at / colours.length);
    const shape = count > MOST_CIRCLES ? (SHAPES[turn % SHAPES.length] ?? 'circle') : 'circle';
    return { rgb: colours[at % colours.length]?.rgb ?? [128, 128, 128], shape };
  });
  known.set(key, looks);
  return looks;
}

function rangeOf(count: number): Range {
  if (count <= 10) return FEW;
  return count <= ENOUGH_COLOURS ? SOME : MANY;
}

function candidates(count: number, scheme: Scheme): Colour[] {
  const { lightness, chroma, hues } = rangeOf(count);
  const least = count <= ENOUGH_COLOURS ? LEAST_CONTRAST.few : LEAST_CONTRAST.many;
  const all: Colour[] = [];
  for (const [row, light] of lightness[scheme].entries()) {
    for (const strength of chroma) {
      for (let hue = 0; hue < hues; hue += 1) {
        // The hues of a row lie between those of the next.
        const lab = labOf(light, strength, ((hue + (row % 2) / 2) * 360) / hues);
        const rgb = rgbOf(lab);
        if (rgb === undefined || contrast(rgb, PANEL[scheme]) < least) continue;
        all.push({ lab: weighted(lab), rgb });
      }
    }
  }
  return all;
}

/** Colours taken one by one, each the farthest from those taken (González's rule: at least half the best). */
function farthest(from: readonly Colour[], count: number): Colour[] {
  const first = from.reduce((best, one) => (fromBlue(one) < fromBlue(best) ? one : best));
  const taken = [first];
  const away = from.map(({ lab }) => labDistance(lab, first.lab));
  while (taken.length < count) {
    const place = away.reduce((best, value, at) => (value > (away[best] ?? 0) ? at : best), 0);
    const next = from[place];
    if (next === undefined || (away[place] ?? 0) === 0) break;
    taken.push(next);
    for (const [at, { lab }] of from.entries()) {
      away[at] = Math.min(away[at] ?? 0, labDistance(lab, next.lab));
    }
  }
  return taken;
}

/** How far a colour is from the blue that charts begin with. */
const fromBlue = ({ lab }: Colour) => labDistance(lab, weighted(labOf(0.58, 0.14, 255)));

const weighted = ([lightness, a, b]: Lab): Lab => [lightness, a * HUE_WEIGHT, b * HUE_WEIGHT];
