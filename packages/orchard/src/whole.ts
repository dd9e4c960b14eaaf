import type { Freedom } from './pose.ts';
import type { Detail, Skin } from './scene.ts';
import type { Solid, Vec } from './solid.ts';

/** A fruit drawn whole: its body, its skin, what is on it, and how it is turned. */
export interface Whole {
  readonly solid: Solid;
  readonly skin: Skin;
  readonly details: readonly Detail[];
  /** Points beyond the body that the frame must hold (the tip of a stem), in the body's directions. */
  readonly reach?: readonly Vec[];
  readonly freedom: Freedom;
}

/** A whole turn, for a freedom. */
export const ROUND = [0, 2 * Math.PI] as const;

/** Stands on its flower end, seen from the side to half above. */
export const STANDING: Freedom = { spin: ROUND, tilt: [-0.15, 0.7], roll: [-0.25, 0.25] };

/** A skin from its three colours, lit to shaded, and its gloss. */
export function skin(lit: Skin['lit'], base: Skin['base'], dark: Skin['dark'], gloss: number): Skin {
  return { lit, base, dark, gloss };
}
