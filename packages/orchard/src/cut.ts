import { ellipse, filled, lines, oval, type Pixel, smoothOutline, stroked } from './canvas.ts';
import type { Colour } from './colour.ts';
import type { Freedom, Pose } from './pose.ts';
import { type Drawn, litFrom, type Scene, sceneOf } from './scene.ts';
import { halved, lathe, pointOn, type Solid, silhouette, spheroid, turned, type Vec } from './solid.ts';

const freedom: Freedom = { spin: [-0.62, 0.62], tilt: [-0.5, 0.5], roll: [0, 2 * Math.PI] };

/** The edge of the cut face, `inset` towards the middle, as seen. */
function edge(solid: Solid, pose: Pose, inset: number): Vec[] {
  return Array.from({ length: 48 }, (_, index) => {
    const angle = (index / 48) * 2 * Math.PI;
    const latitude = Math.asin(Math.sin(angle));
    const longitude = Math.cos(angle) >= 0 ? Math.PI / 2 : -Math.PI / 2;
    return turned(pointOn(solid, [latitude, longitude], 1 - inset), pose.turn);
  });
}

/** The half behind the cut: skin, shaded. Gives the scene, the shapes so far, and how to outline the face. */
function halfOf(solid: Solid, pose: Pose, skin: readonly [Colour, Colour]) {
  const back = silhouette(halved(solid), pose.turn);
  const rim = edge(solid, pose, 0);
  const scene = sceneOf(solid, pose, [...back, ...rim]);
  const outline = smoothOutline(back.map(scene.pixel));
  const [light, dark] = skin.map(scene.colour) as [Colour, Colour];
  const fill = scene.canvas.radial(
    [
      [0, light, 1],
      [1, dark, 1],
    ],
    litFrom(pose, 0.5),
  );
  const face = (inset: number) => smoothOutline(edge(solid, pose, inset).map(scene.pixel));
  const shapes = filled(outline, fill) + filled(face(0), dark);
  return { scene, shapes, face };
}

/** A place on the cut face: right and up from the middle, in units. */
const onFace = (scene: Scene, x: number, y: number): Pixel => scene.pixel(scene.turn([x, y, 0]));

/** The soft light over a cut face. */
function sheen(scene: Scene, outline: string, strength: number): string {
  const fill = scene.canvas.radial(
    [
      [0, '#ffffff', strength],
      [0.6, '#ffffff', 0],
      [1, '#000000', strength * 0.5],
    ],
    litFrom(scene.pose, 0.9),
  );
  return filled(outline, fill);
}

const kiwiBody = spheroid(0.94, 1.04);

/** Half a kiwi: brown skin, green flesh with rays, a ring of black seeds, a white middle. */
export const kiwi: Drawn = {
  freedom,
  draw(pose) {
    const { scene, shapes, face } = halfOf(kiwiBody, pose, ['#9c7444', '#4a3018']);
    const c = scene.colour;
    const flesh = scene.canvas.radial([
      [0, c('#d4e88c'), 1],
      [0.35, c('#a4cf4a'), 1],
      [0.8, c('#6fae2c'), 1],
      [1, c('#578f22'), 1],
    ]);
    let drawn = filled(face(0.035), c('#cbd98a')) + filled(face(0.07), flesh);
    let rays = '';
    let seeds = '';
    for (let ray = 0; ray < 40; ray++) {
      const angle = ((ray + pose.own.between(-0.3, 0.3)) / 40) * 2 * Math.PI;
      const at = (distance: number) =>
        onFace(scene, Math.cos(angle) * distance * 0.94, Math.sin(angle) * distance * 1.04);
      rays += lines([at(0.26), at(0.84)], false);
      const size = 0.05 * scene.scale;
      seeds += oval(at(pose.own.between(0.36, 0.56)), [size * 1.3, size * 0.7], angle + pose.turn.roll);
    }
    drawn += stroked(rays, c('#d9ee9c'), { width: 0.8, opacity: 0.55 }) + filled(seeds, '#1c150c');
    const core = Array.from({ length: 24 }, (_, index) => {
      const angle = (index / 24) * 2 * Math.PI;
      return onFace(scene, Math.cos(angle) * 0.2, Math.sin(angle) * 0.3);
    });
    drawn += filled(smoothOutline(core), c('#f4f3d2'));
    return scene.canvas.finish(shapes + drawn + sheen(scene, face(0.035), 0.3));
  },
};

const avocadoBody = lathe(0.98, 1, 0.98, 0.9, 0.8, 0.8, 0.98, 1.16, 1.2);

/** Half an avocado with its stone: dark skin, green to yellow flesh. */
export const avocado: Drawn = {
  freedom,
  draw(pose) {
    const { scene, shapes, face } = halfOf(avocadoBody, pose, ['#4d5a2c', '#1a2410']);
    const c = scene.colour;
    const flesh = scene.canvas.radial([
      [0, c('#f5eeb0'), 1],
      [0.6, c('#ece590'), 1],
      [0.95, c('#c3d462'), 1],
    ]);
    const at = onFace(scene, 0, -0.28);
    const size = 0.46 * scene.scale;
    const stone = scene.canvas.radial(
      [
        [0, c('#c48a52'), 1],
        [0.5, c('#8a5428'), 1],
        [1, c('#40220e'), 1],
      ],
      litFrom(pose, 0.5),
    );
    const hole = scene.canvas.radial([
      [0.7, c('#8a7a30'), 0.9],
      [1, c('#8a7a30'), 0],
    ]);
    const shine = scene.canvas.radial([
      [0, '#ffffff', 0.85],
      [1, '#ffffff', 0],
    ]);
    const glint: Pixel = [at[0] + pose.light[0] * size * 0.42, at[1] - pose.light[1] * size * 0.42];
    const drawn =
      filled(face(0.045), c('#8fb03c')) +
      filled(face(0.1), flesh) +
      sheen(scene, face(0.045), 0.25) +
      ellipse(at, [size * 1.16, size * 1.16], { fill: hole }) +
      ellipse(at, [size, size], { fill: stone }) +
      ellipse(glint, [size * 0.4, size * 0.3], { fill: shine, opacity: 0.9 });
    return scene.canvas.finish(shapes + drawn);
  },
};
