import { evenPlaces } from './beads.ts';
import { ellipse, filled, lines, type Pixel, smoothOutline, stroked } from './canvas.ts';
import type { Colour } from './colour.ts';
import type { Detail, Scene } from './scene.ts';
import type { Spot, Vec } from './solid.ts';

const degrees = (value: number) => (value * Math.PI) / 180;

/** A round patch that lies on the surface: its radii and angle as seen, or undefined when it is on the far side. */
function lying(spot: Spot, radius: number) {
  const [nx, ny, facing] = spot.normal;
  if (facing < 0.04) return undefined;
  return { radii: [radius * facing, radius] as const, angle: Math.atan2(ny, nx) };
}

/** Small marks spread evenly with chance over the whole surface. Radii in units of the body. */
export function speckles(options: {
  count: number;
  colour: Colour;
  radius: readonly [number, number];
  opacity: number;
  latitudes?: readonly [number, number];
}): Detail {
  const [south, north] = options.latitudes ?? [-90, 90];
  return (scene) => {
    const { own } = scene.pose;
    const fill = scene.colour(options.colour);
    let skin = '';
    for (let index = 0; index < options.count; index++) {
      const height = own.between(Math.sin(degrees(south)), Math.sin(degrees(north)));
      const spot = scene.spot(Math.asin(height), own.between(0, 2 * Math.PI));
      const radius = own.between(...options.radius) * scene.scale;
      const seen = lying(spot, radius);
      if (seen !== undefined) {
        skin += ellipse(scene.pixel(spot.point), seen.radii, {
          fill,
          angle: seen.angle,
          opacity: options.opacity,
        });
      }
    }
    return { skin };
  };
}

/** The seeds of a strawberry: golden, each in its own dark dimple, all over the body. */
export function seeds(): Detail {
  return (scene) => {
    const [gold, dimple] = [scene.colour('#f2d06b'), scene.colour('#7d0a16')];
    let skin = '';
    for (const [latitude, longitude] of evenPlaces(150)) {
      const spot = scene.spot(latitude, longitude);
      const at = scene.pixel(spot.point);
      const around = lying(spot, 0.062 * scene.scale);
      const seed = lying(spot, 0.04 * scene.scale);
      if (around === undefined || seed === undefined) continue;
      skin += ellipse(at, around.radii, { fill: dimple, angle: around.angle, opacity: 0.5 });
      skin += ellipse(at, [seed.radii[0] * 0.65, seed.radii[1]], { fill: gold, angle: seed.angle });
    }
    return { skin };
  };
}

/** A large soft patch: the red cheek of a peach, the bloom on a plum, the dark of a cavity. Degrees; radius in units. */
export function patch(options: {
  at: readonly [number, number];
  radius: number;
  colour: Colour;
  opacity: number;
}): Detail {
  return (scene) => {
    const spot = scene.spot(degrees(options.at[0]), degrees(options.at[1]));
    const [nx, ny, facing] = spot.normal;
    // A patch this large bends round the edge, so it is still seen when its middle is just behind it.
    if (facing < -0.35) return {};
    const colour = scene.colour(options.colour);
    const fill = scene.canvas.radial([
      [0, colour, 1],
      [0.55, colour, 0.7],
      [1, colour, 0],
    ]);
    const radius = options.radius * scene.scale;
    const squeezed = radius * Math.max(0.3, facing);
    return {
      skin: ellipse(scene.pixel(spot.point), [squeezed, radius], {
        fill,
        angle: Math.atan2(ny, nx),
        opacity: options.opacity * Math.min(1, (facing + 0.35) * 2),
      }),
    };
  };
}

/** Bands along meridians with wavy edges: watermelon stripes, apple streaks. Degrees. */
export function stripes(options: {
  count: number;
  width: readonly [number, number];
  latitudes: readonly [number, number];
  colour: Colour;
  opacity: number;
  waves?: number;
}): Detail {
  const steps = 18;
  return (scene) => {
    const { own } = scene.pose;
    const fill = scene.colour(options.colour);
    let skin = '';
    for (let index = 0; index < options.count; index++) {
      const middle = ((index + own.between(-0.25, 0.25)) / options.count) * 2 * Math.PI;
      const width = degrees(own.between(...options.width));
      const [south, north] = options.latitudes.map((end) => degrees(end + own.between(-4, 4)));
      const left: Pixel[] = [];
      const right: Pixel[] = [];
      for (let step = 0; step <= steps; step++) {
        const share = step / steps;
        const latitude = (south ?? 0) + ((north ?? 0) - (south ?? 0)) * share;
        const wave = 1 + (options.waves ?? 0) * own.between(-1, 1);
        const half = width * wave * Math.sqrt(Math.max(0.02, 4 * share * (1 - share)));
        const sides = [scene.spot(latitude, middle - half), scene.spot(latitude, middle + half)] as const;
        if (sides[0].normal[2] + sides[1].normal[2] < -0.1) continue;
        left.push(scene.pixel(sides[0].point));
        right.push(scene.pixel(sides[1].point));
      }
      if (left.length > 2) {
        skin += filled(smoothOutline([...left, ...right.reverse()]), fill, options.opacity);
      }
    }
    return { skin };
  };
}

/** A dark soft furrow along one meridian: the crease of a peach or a plum. */
export function crease(longitude: number, colour: Colour): Detail {
  return (scene) => {
    const points: Pixel[] = [];
    for (let latitude = -80; latitude <= 88; latitude += 8) {
      const spot = scene.spot(degrees(latitude), degrees(longitude));
      if (spot.normal[2] > 0) points.push(scene.pixel(spot.point));
    }
    if (points.length < 3) return {};
    const outline = lines(points, false);
    const dark = scene.colour(colour);
    return {
      skin: [8, 5, 2.4, 1].map((width) => stroked(outline, dark, { width, opacity: 0.16 })).join(''),
    };
  };
}

/** The hollow at a pole: dark and soft. `radius` in units. */
export function hollow(options: {
  pole: 'stem' | 'flower';
  radius: number;
  colour: Colour;
  opacity: number;
}): Detail {
  const at = options.pole === 'stem' ? ([90, 0] as const) : ([-90, 0] as const);
  return (scene) => {
    const facing = scene.spot(degrees(at[0]), 0).normal[2];
    return facing < 0.02 ? {} : patch({ ...options, at })(scene);
  };
}

/** A stem from the stem pole. Units of the body: length, bend to the side, thickness; `foot` is where it starts on the axis. */
export function stem(options: {
  foot: number;
  length: number;
  bend: number;
  thickness: number;
  colour: Colour;
}): Detail {
  return (scene) => {
    const bend = options.bend * scene.pose.view.between(0.7, 1.3);
    const tip: Vec = [bend, options.foot + options.length, 0];
    const knee: Vec = [bend * 0.15, options.foot + options.length * 0.6, 0];
    const [foot, middle, end] = [[0, options.foot, 0] as const, knee, tip].map((point) =>
      scene.pixel(scene.turn(point)),
    ) as [Pixel, Pixel, Pixel];
    const outline = `M${foot.join(' ')}Q${middle.join(' ')} ${end.join(' ')}`;
    const colour = scene.colour(options.colour);
    const width = options.thickness * scene.scale;
    const drawn =
      stroked(outline, '#2b1c10', { width: width * 1.25, opacity: 0.8 }) +
      stroked(outline, colour, { width: width * 0.95 }) +
      stroked(outline, '#ffffff', { width: width * 0.3, opacity: 0.25 }) +
      ellipse(end, [width * 0.75, width * 0.6], { fill: colour });
    // From below the hollow hides the foot: the whole stem stands behind the body.
    return scene.spot(Math.PI / 2, 0).normal[2] > 0.12 ? { front: drawn } : { behind: drawn };
  };
}

/** One leaf from `from` to `to` (degrees of latitude) around a longitude, `width` degrees wide, `lift` times the surface's distance. */
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

/** A star of leaves at the stem pole: the green of a strawberry or a tomato, the crown of a blueberry. Degrees. */
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
