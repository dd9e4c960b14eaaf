import { filled, lines, smoothOutline, stroked } from './canvas.ts';
import type { Colour } from './colour.ts';
import type { Detail, Scene } from './scene.ts';

const degrees = (value: number) => (value * Math.PI) / 180;

/**
 * One leaf from `from` to `to` (degrees of latitude) around a longitude, `width` degrees wide, `lift` times
 * the surface's distance.
 */
function leaf(
  scene: Scene,
  shape: { from: number; to: number; longitude: number; width: number; lift: number },
  colours: readonly [Colour, Colour],
): { facing: number; drawn: string } {
  const steps = 8;
  const rows = Array.from({ length: steps + 1 }, (_, step) => {
    const share = step / steps;
    const latitude = degrees(shape.from + (shape.to - shape.from) * share);
    const breadth = Math.sin(Math.PI * Math.min(1, share * 0.9 + 0.1)) * shape.width;
    // Near the pole a degree of longitude is short: keep the leaf's breadth on the surface instead.
    const half = degrees(breadth / Math.max(0.25, Math.cos(latitude)));
    const lift = 1 + (shape.lift - 1) * Math.sin((Math.PI / 2) * share);
    return [-half, 0, half].map((side) => {
      const spot = scene.spot(latitude, degrees(shape.longitude) + side);
      const centre = spot.point;
      return {
        pixel: scene.pixel([centre[0] * lift, centre[1] * lift, centre[2] * lift]),
        facing: spot.normal[2],
      };
    });
  });
  const column = (side: number) => rows.map((row) => row[side]?.pixel ?? ([50, 50] as const));
  const facing = rows.reduce((sum, row) => sum + (row[1]?.facing ?? 0), 0) / rows.length;
  const [light, dark] = colours.map(scene.colour) as [Colour, Colour];
  const outline = smoothOutline([...column(0), ...column(2).reverse()]);
  const drawn =
    filled(outline, light) +
    filled(smoothOutline([...column(1), ...column(2).reverse()]), dark, 0.55) +
    stroked(outline, dark, { width: 0.7, opacity: 0.7 }) +
    stroked(lines(column(1), false), dark, { width: 0.8, opacity: 0.8 });
  return { facing, drawn };
}

/**
 * A star of leaves at the stem pole: the green of a strawberry or a tomato, the crown of a blueberry.
 * Degrees.
 */
export function leaves(options: {
  count: number;
  from: number;
  to: readonly [number, number];
  width: number;
  lift: number;
  colours: readonly [Colour, Colour];
}): Detail {
  return (scene) => {
    const { own } = scene.pose;
    const all = Array.from({ length: options.count }, (_, index) =>
      leaf(
        scene,
        {
          from: options.from,
          to: own.between(...options.to),
          longitude: ((index + own.between(-0.2, 0.2)) / options.count) * 360,
          width: options.width,
          lift: options.lift,
        },
        options.colours,
      ),
    ).sort((a, b) => a.facing - b.facing);
    const part = (near: boolean) =>
      all
        .filter(({ facing }) => facing > 0 === near)
        .map(({ drawn }) => drawn)
        .join('');
    return { behind: part(false), front: part(true) };
  };
}
