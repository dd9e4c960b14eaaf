import type { Tint } from './colour.ts';
import { type Random, seededRandom } from './random.ts';
import type { Turn } from './solid.ts';

/** How far a kind may be turned, in radians: lowest and highest. */
export interface Freedom {
  readonly spin: readonly [number, number];
  readonly tilt: readonly [number, number];
  readonly roll: readonly [number, number];
}

/** One view of one fruit: how it is held, how much of the frame it fills, and its light. */
export interface Pose {
  readonly turn: Turn;
  /** Share of the frame that the fruit fills, at most 1. */
  readonly fill: number;
  /** Where the light comes from in the image plane, x right and y up, length about 1. */
  readonly light: readonly [number, number];
  readonly tint: Tint;
  /**
   * The same stream in every view of a kind: the fruit's own marks. Read in the same order, it gives the same
   * fruit.
   */
  readonly own: Random;
  /** Another stream in every view. */
  readonly view: Random;
}

const GOLDEN = 0.618034;
const between = ([low, high]: readonly [number, number], share: number) => low + (high - low) * share;
const fraction = (value: number) => value - Math.floor(value);

/**
 * View `index` of `views` of a kind: the spin goes round once, tilt and roll are spread evenly, the rest is
 * chance.
 */
export function poseOf(
  freedom: Freedom,
  view: { seed: number; kind: string; index: number; views: number },
): Pose {
  const kind = seededRandom(view.seed, view.kind);
  const random = seededRandom(view.seed, view.kind, view.index);
  const start = kind.next();
  const slant = random.between(0.55, 1.15) * Math.PI;
  return {
    turn: {
      spin: between(freedom.spin, fraction(start + (view.index + 0.6 * random.next()) / view.views)),
      tilt: between(freedom.tilt, fraction(start + view.index * GOLDEN)),
      roll: between(freedom.roll, fraction(start + view.index * GOLDEN * GOLDEN + 0.1 * random.next())),
    },
    fill: random.between(0.88, 1),
    light: [Math.cos(slant), Math.sin(slant)],
    tint: {
      hue: random.between(-4, 4),
      saturation: random.between(0.9, 1.08),
      lightness: random.between(0.9, 1.1),
    },
    own: kind,
    view: random,
  };
}
