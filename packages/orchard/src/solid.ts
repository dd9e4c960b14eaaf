/** A point or direction: x to the right, y up, z towards the viewer. A fruit has a radius near 1. */
export type Vec = readonly [number, number, number];

/**
 * A star-shaped body: the distance of its surface from its centre, by latitude (pole +π/2 = stem) and
 * longitude, in radians.
 */
export type Solid = (latitude: number, longitude: number) => number;

/**
 * How a body is held before the camera, in radians: about its own axis, towards the viewer, in the image
 * plane.
 */
export interface Turn {
  readonly spin: number;
  readonly tilt: number;
  readonly roll: number;
}

/** A place on a turned body. `normal` has length 1; its z says how much the place faces the viewer. */
export interface Spot {
  readonly point: Vec;
  readonly normal: Vec;
}

/** A ball, flattened or stretched: half axes at the equator and at the poles. */
export function spheroid(equator: number, pole: number): Solid {
  return (latitude) => {
    const across = Math.cos(latitude) / equator;
    const along = Math.sin(latitude) / pole;
    return 1 / Math.sqrt(across * across + along * along);
  };
}

/**
 * A body turned on a lathe: radii at evenly spaced latitudes from pole to pole, joined by Catmull-Rom curves.
 */
export function lathe(...radii: readonly number[]): Solid {
  const last = radii.length - 1;
  const radius = (index: number) => radii[Math.abs(index > last ? 2 * last - index : index)] ?? 1;
  return (latitude) => {
    const at = Math.min(last, Math.max(0, (latitude / Math.PI + 0.5) * last));
    const index = Math.min(last - 1, Math.floor(at));
    const t = at - index;
    const [a, b, c, d] = [radius(index - 1), radius(index), radius(index + 1), radius(index + 2)];
    return b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)));
  };
}

/** A body with ribs: `count` of them, `depth` deep at the equator. */
export function ribbed(solid: Solid, count: number, depth: number): Solid {
  return (latitude, longitude) =>
    solid(latitude, longitude) * (1 + depth * Math.cos(latitude) * Math.cos(count * longitude));
}

/** The half of a body behind the plane z = 0: a fruit cut from stem to flower. */
export function halved(solid: Solid): Solid {
  return (latitude, longitude) => (Math.cos(longitude) > 1e-9 ? 0 : solid(latitude, longitude));
}

/** Turns points of the body as it is held: spin, then tilt, then roll. */
export function turning({ spin, tilt, roll }: Turn): (point: Vec) => Vec {
  const [sinSpin, cosSpin] = [Math.sin(spin), Math.cos(spin)];
  const [sinTilt, cosTilt] = [Math.sin(tilt), Math.cos(tilt)];
  const [sinRoll, cosRoll] = [Math.sin(roll), Math.cos(roll)];
  return ([x, y, z]) => {
    const x1 = x * cosSpin + z * sinSpin;
    const z1 = z * cosSpin - x * sinSpin;
    const y2 = y * cosTilt - z1 * sinTilt;
    return [x1 * cosRoll - y2 * sinRoll, x1 * sinRoll + y2 * cosRoll, y * sinTilt + z1 * cosTilt];
  };
}

/** One point of the body as it is held. */
export function turned(point: Vec, turn: Turn): Vec {
  return turning(turn)(point);
}

/** A surface point of the body as it lies at rest; `lift` times its distance from the centre. */
export function pointOn(solid: Solid, [latitude, longitude]: readonly [number, number], lift = 1): Vec {
  const distance = solid(latitude, longitude) * lift;
  const across = distance * Math.cos(latitude);
  return [across * Math.sin(longitude), distance * Math.sin(latitude), across * Math.cos(longitude)];
}

const minus = (a: Vec, b: Vec): Vec => [a[0] - b[0], a[1] - b[1], a[2] - b[2]];

/** A surface place of the turned body, with its normal from finite differences. */
export function spotOn(solid: Solid, place: readonly [number, number], turn: Turn): Spot {
  // At a pole all longitudes meet, so the differences are taken just beside it.
  const latitude = Math.min(1.55, Math.max(-1.55, place[0]));
  const longitude = place[1];
  const step = 0.01;
  const east = minus(
    pointOn(solid, [latitude, longitude + step]),
    pointOn(solid, [latitude, longitude - step]),
  );
  const north = minus(
    pointOn(solid, [latitude + step, longitude]),
    pointOn(solid, [latitude - step, longitude]),
  );
  const cross: Vec = [
    east[1] * north[2] - east[2] * north[1],
    east[2] * north[0] - east[0] * north[2],
    east[0] * north[1] - east[1] * north[0],
  ];
  const length = Math.hypot(...cross) || 1;
  const normal: Vec = [cross[0] / length, cross[1] / length, cross[2] / length];
  return { point: turned(pointOn(solid, place), turn), normal: turned(normal, turn) };
}

const BINS = 72;
const LATITUDES = 36;
const LONGITUDES = 56;

/** The outline of the turned body, 72 points in the image plane around its centre. About 0.3 ms. */
export function silhouette(solid: Solid, turn: Turn): [number, number][] {
  const reach = new Float64Array(BINS);
  const turnPoint = turning(turn);
  for (let i = 0; i <= LATITUDES; i++) {
    const latitude = (i / LATITUDES - 0.5) * Math.PI;
    for (let j = 0; j < LONGITUDES; j++) {
      const [x, y] = turnPoint(pointOn(solid, [latitude, (j / LONGITUDES) * 2 * Math.PI]));
      const bin = Math.round((Math.atan2(y, x) / (2 * Math.PI)) * BINS + BINS) % BINS;
      reach[bin] = Math.max(reach[bin] ?? 0, Math.hypot(x, y));
    }
  }
  return Array.from(reach, (own, bin) => {
    const before = reach[(bin + BINS - 1) % BINS] ?? own;
    const after = reach[(bin + 1) % BINS] ?? own;
    const radius = (before + 2 * own + after) / 4;
    const angle = (bin / BINS) * 2 * Math.PI;
    return [radius * Math.cos(angle), radius * Math.sin(angle)];
  });
}
