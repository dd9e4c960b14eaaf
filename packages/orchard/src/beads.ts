import { ellipse } from './canvas.ts';
import type { Colour } from './colour.ts';
import { litFrom, type Scene, type Skin } from './scene.ts';
import type { Vec } from './solid.ts';

/** A small ball of a bunch or of a raspberry: where (turned) and its radius, in units. */
export interface Bead {
  readonly at: Vec;
  readonly radius: number;
}

const GOLDEN_ANGLE = Math.PI * (3 - Math.sqrt(5));

/**
 * Latitude and longitude of `count` points spread evenly over a ball (Fibonacci lattice,
 * https://arxiv.org/abs/0912.4540).
 */
export function evenPlaces(count: number): [number, number][] {
  return Array.from({ length: count }, (_, index) => [
    Math.asin(1 - (2 * index + 1) / count),
    (index * GOLDEN_ANGLE) % (2 * Math.PI),
  ]);
}

/** Shaded balls, the far ones first. Three ellipses each. */
export function beads(scene: Scene, all: readonly Bead[], skin: Skin): string {
  const { pose, canvas } = scene;
  const depth = all.map(({ at }) => at[2]);
  const [nearest, farthest] = [Math.max(...depth), Math.min(...depth)];
  const colours = [skin.lit, skin.base, skin.dark].map(scene.colour) as [Colour, Colour, Colour];
  const ball = canvas.radial(
    [
      [0, colours[0], 1],
      [0.5, colours[1], 1],
      [1, colours[2], 1],
    ],
    litFrom(pose, 0.4),
  );
  const shine = canvas.radial([
    [0, '#ffffff', 0.9],
    [1, '#ffffff', 0],
  ]);
  return [...all]
    .sort((a, b) => a.at[2] - b.at[2])
    .map(({ at, radius }) => {
      const [x, y] = scene.pixel(at);
      const size = radius * scene.scale;
      const far = (nearest - at[2]) / (nearest - farthest || 1);
      const glint = [x + pose.light[0] * size * 0.4, y - pose.light[1] * size * 0.4] as const;
      return (
        ellipse([x, y], [size, size], { fill: ball }) +
        ellipse([x, y], [size, size], { fill: colours[2], opacity: far * 0.45 }) +
        ellipse(glint, [size * 0.38, size * 0.3], { fill: shine, opacity: skin.gloss * (1 - far * 0.6) })
      );
    })
    .join('');
}
