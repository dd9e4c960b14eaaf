import { evenPlaces } from './beads.ts';
import { ellipse, filled, lines, oval, type Pixel, smoothOutline, stroked } from './canvas.ts';
import type { Colour } from './colour.ts';
import type { Detail } from './scene.ts';
import type { Spot, Vec } from './solid.ts';

const degrees = (value: number) => (value * Math.PI) / 180;

/**
 * A round patch that lies on the surface: its radii and angle as seen, or undefined when it is on the far
 * side.
 */
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
}): Detail {
  return (scene) => {
    const { own } = scene.pose;
    let outline = '';
    for (let index = 0; index < options.count; index++) {
      const height = own.between(-1, 1);
      const spot = scene.spot(Math.asin(height), own.between(0, 2 * Math.PI));
      const seen = lying(spot, own.between(...options.radius) * scene.scale);
      if (seen !== undefined) outline += oval(scene.pixel(spot.point), seen.radii, seen.angle);
    }
    return { skin: filled(outline, scene.colour(options.colour), options.opacity) };
  };
}

/** The seeds of a strawberry: golden, each in its own dark dimple, all over the body. */
export function seeds(): Detail {
  return (scene) => {
    let golden = '';
    let dimples = '';
    for (const [latitude, longitude] of evenPlaces(150)) {
      const spot = scene.spot(latitude, longitude);
      const at = scene.pixel(spot.point);
      const dimple = lying(spot, 0.062 * scene.scale);
      const seed = lying(spot, 0.04 * scene.scale);
      if (dimple === undefined || seed === undefined) continue;
      dimples += oval(at, dimple.radii, dimple.angle);
      golden += oval(at, [seed.radii[0] * 0.65, seed.radii[1]], seed.angle);
    }
    return { skin: filled(dimples, scene.colour('#7d0a16'), 0.5) + filled(golden, scene.colour('#f2d06b')) };
  };
}

/**
 * A large soft patch: the red cheek of a peach, the bloom on a plum, the dark of a cavity. Degrees; radius in
 * units.
 */
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

/**
 * A stem from the stem pole. Units of the body: length, bend to the side, thickness; `foot` is where it
 * starts on the axis.
 */
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
    // From below the hollow hides the foot: the whole stem is behind the body.
    return scene.spot(Math.PI / 2, 0).normal[2] > 0.12 ? { front: drawn } : { behind: drawn };
  };
}
