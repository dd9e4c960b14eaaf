import { type Canvas, edgeShade, ellipse, filled, newCanvas, type Pixel, smoothOutline } from './canvas.ts';
import { type Colour, mixed, tinted } from './colour.ts';
import type { Freedom, Pose } from './pose.ts';
import { type Solid, type Spot, silhouette, spotOn, turned, turning, type Vec } from './solid.ts';

/** A fruit held before the camera, with all that a detail needs to draw itself on it. */
export interface Scene {
  readonly pose: Pose;
  readonly canvas: Canvas;
  /** Pixels a unit of the body. */
  readonly scale: number;
  /** The colour in this view's light. */
  colour(colour: Colour): Colour;
  /** A turned point in the image. */
  pixel(point: readonly [number, number, ...number[]]): Pixel;
  /** A place of the surface. */
  spot(latitude: number, longitude: number): Spot;
  /** A point given in the body's own directions, turned. */
  turn(point: Vec): Vec;
}

/**
 * What a detail draws: behind the body, on its skin (cut at the outline), before it. SVG text, all optional.
 */
export interface Layers {
  readonly behind?: string;
  readonly skin?: string;
  readonly front?: string;
}

/** Something on a fruit: a stem, seeds, a blush. */
export type Detail = (scene: Scene) => Layers;

/** A fruit that draws itself: the SVG of one pose. */
export interface Drawn {
  readonly freedom: Freedom;
  draw(pose: Pose): string;
}

/** The colours of a skin, from lit to shaded, and how much it shines (0 to 1). */
export interface Skin {
  readonly lit: Colour;
  readonly base: Colour;
  readonly dark: Colour;
  readonly gloss: number;
}

/**
 * How large a frame the fruit must fit: half its side, and the longest way from its middle, so that corners
 * stay white.
 */
const HALF_FRAME = 49;
const LONGEST = 55;

/** The camera that makes these points fill its share of the frame. */
export function fit(points: readonly (readonly [number, number])[], fill: number) {
  const xs = points.map(([x]) => x);
  const ys = points.map(([, y]) => y);
  const middle = [Math.min(...xs) + Math.max(...xs), Math.min(...ys) + Math.max(...ys)].map((sum) => sum / 2);
  const [mx = 0, my = 0] = middle;
  const half = Math.max(Math.max(...xs) - mx, Math.max(...ys) - my);
  const far = Math.max(...points.map(([x, y]) => Math.hypot(x - mx, y - my)));
  const scale = Math.min(HALF_FRAME / half, LONGEST / far) * fill;
  const pixel = ([x, y]: readonly [number, number, ...number[]]): Pixel => [
    50 + (x - mx) * scale,
    50 - (y - my) * scale,
  ];
  return { scale, pixel };
}

/** A scene around a solid whose frame holds these points. */
export function sceneOf(
  solid: Solid,
  pose: Pose,
  points: readonly (readonly [number, number, ...number[]])[],
): Scene {
  const { scale, pixel } = fit(
    points.map(([x, y]) => [x, y]),
    pose.fill,
  );
  return {
    pose,
    canvas: newCanvas(),
    scale,
    pixel,
    colour: (colour) => tinted(colour, pose.tint),
    spot: (latitude, longitude) => spotOn(solid, [latitude, longitude], pose.turn),
    turn: turning(pose.turn),
  };
}

/** The middle of a gradient that is lit from the pose's light, in shares of a box; `shift` in half boxes. */
export function litFrom(pose: Pose, shift: number): Pixel {
  return [0.5 + pose.light[0] * shift * 0.5, 0.5 - pose.light[1] * shift * 0.5];
}

/** The shine of the light on a round body: a soft large patch, and a small bright one. */
function highlight(scene: Scene, gloss: number, box: { middle: Pixel; half: Pixel }): string {
  const [lx, ly] = scene.pose.light;
  const at: Pixel = [box.middle[0] + lx * box.half[0] * 0.42, box.middle[1] - ly * box.half[1] * 0.42];
  const size = Math.min(...box.half);
  const angle = Math.atan2(ly, lx) - Math.PI / 2;
  const soft = scene.canvas.radial([
    [0, '#ffffff', 0.75],
    [0.4, '#ffffff', 0.32],
    [1, '#ffffff', 0],
  ]);
  const spread = size * scene.pose.view.between(0.34, 0.42);
  return (
    ellipse(at, [spread, spread * 0.72], { fill: soft, angle, opacity: gloss }) +
    ellipse(at, [spread * 0.32, spread * 0.2], { fill: '#ffffff', angle, opacity: gloss * gloss * 0.75 })
  );
}

/**
 * Draws a body of one skin with its details; the SVG's shapes. `reach`: points in the body's directions that
 * the frame must hold too.
 */
export function drawBody(
  pose: Pose,
  body: { solid: Solid; skin: Skin; details: readonly Detail[]; reach?: readonly Vec[] },
): string {
  const points = silhouette(body.solid, pose.turn);
  const reach = (body.reach ?? []).map((point) => turned(point, pose.turn));
  const scene = sceneOf(body.solid, pose, [...points, ...reach]);
  const pixels = points.map(scene.pixel);
  const outline = smoothOutline(pixels);
  const [lit, base, dark] = [body.skin.lit, body.skin.base, body.skin.dark].map(scene.colour) as [
    Colour,
    Colour,
    Colour,
  ];
  const ground = scene.canvas.radial(
    [
      [0, lit, 1],
      [0.45, base, 1],
      [1, mixed(base, dark, 0.75), 1],
    ],
    litFrom(pose, 0.55),
  );
  const layers = body.details.map((detail) => detail(scene));
  const join = (layer: keyof Layers) => layers.map((own) => own[layer] ?? '').join('');
  const [left, right] = [Math.min(...pixels.map(([x]) => x)), Math.max(...pixels.map(([x]) => x))];
  const [top, bottom] = [Math.min(...pixels.map(([, y]) => y)), Math.max(...pixels.map(([, y]) => y))];
  const box = {
    middle: [(left + right) / 2, (top + bottom) / 2] as const,
    half: [(right - left) / 2, (bottom - top) / 2] as const,
  };
  const shapes = [
    join('behind'),
    filled(outline, ground),
    `<g clip-path="${scene.canvas.clip(outline)}">`,
    join('skin'),
    edgeShade(pixels, dark, { light: pose.light, widths: [3, 6, 10, 15, 21, 27], opacity: 0.1 }),
    highlight(scene, body.skin.gloss, box),
    '</g>',
    join('front'),
  ].join('');
  return scene.canvas.finish(shapes);
}
