import { beads, evenPlaces } from './beads.ts';
import { ellipse, filled, lines, smoothOutline, stroked } from './canvas.ts';
import type { Pose } from './pose.ts';
import { type Drawn, type Skin, sceneOf } from './scene.ts';
import { lathe, pointOn, type Solid, silhouette, spheroid, turned, type Vec } from './solid.ts';

const ROUND = [0, 2 * Math.PI] as const;
const ball: Solid = spheroid(1, 1);

/** The places of the grapes of one bunch: rings that narrow downward. */
function bunch(pose: Pose): Vec[] {
  const rows = [
    [0.78, 0.34, 5],
    [0.5, 0.56, 9],
    [0.18, 0.6, 10],
    [-0.14, 0.52, 8],
    [-0.45, 0.36, 6],
    [-0.74, 0.2, 3],
    [-1, 0, 1],
  ] as const;
  return rows.flatMap(([height, radius, count], row) =>
    Array.from({ length: count }, (_, index): Vec => {
      const angle = ((index + 0.5 * (row % 2)) / count) * 2 * Math.PI + pose.own.between(-0.12, 0.12);
      return [
        Math.sin(angle) * radius * pose.own.between(0.92, 1.08),
        height + pose.own.between(-0.06, 0.06),
        Math.cos(angle) * radius,
      ];
    }),
  );
}

/** A bunch of grapes with its stalk. */
export function grapes(skin: Skin): Drawn {
  const radius = 0.225;
  return {
    freedom: { spin: ROUND, tilt: [-0.2, 0.35], roll: [-0.3, 0.3] },
    draw(pose) {
      const places = bunch(pose).map((place) => turned(place, pose.turn));
      const stalk = ([0, 0.6, 0.95, 1.25] as const).map((y, index) =>
        turned([index === 3 ? 0.1 : 0, y, 0], pose.turn),
      );
      const edges = places.flatMap(([x, y]): [number, number][] => [
        [x - radius, y - radius * 0.7],
        [x + radius, y + radius * 0.7],
        [x, y - radius],
      ]);
      const scene = sceneOf(ball, pose, [...edges, ...stalk]);
      const stalkLine = lines(stalk.map(scene.pixel), false);
      const grapesOf = places.map((at) => ({ at, radius }));
      const shapes =
        stroked(stalkLine, '#4a3a1c', { width: 0.1 * scene.scale }) +
        stroked(stalkLine, scene.colour('#8a8a3c'), { width: 0.065 * scene.scale }) +
        beads(scene, grapesOf, skin);
      return scene.canvas.finish(shapes);
    },
  };
}

const raspberryBody = lathe(1.1, 1.02, 0.95, 0.95, 0.98, 0.98, 0.86);

/** What is seen between the drupelets. */
const solidCore: Solid = (latitude, longitude) => raspberryBody(latitude, longitude) * 0.93;

/** A raspberry: drupelets all over a blunt cone, a pale hollow where it sat on its core. */
export const raspberry: Drawn = {
  freedom: { spin: ROUND, tilt: [-0.5, 0.75], roll: [-0.7, 0.7] },
  draw(pose) {
    const radius = 0.185;
    const drupelets = evenPlaces(86)
      .filter(([latitude]) => latitude < 1.2)
      .map(([latitude, longitude]) => ({
        at: turned(pointOn(raspberryBody, [latitude, longitude], 0.9), pose.turn),
        radius: radius * pose.own.between(0.92, 1.1),
      }));
    const scene = sceneOf(raspberryBody, pose, silhouette(raspberryBody, pose.turn));
    const seen = drupelets.filter(({ at }) => at[2] > -0.45);
    const pole = scene.spot(Math.PI / 2, 0);
    const core = 0.4 * scene.scale;
    const squeeze = Math.max(0.05, pole.normal[2]);
    const [nx, ny] = pole.normal;
    const hollow = scene.canvas.radial([
      [0, scene.colour('#3d0410'), 1],
      [0.6, scene.colour('#7c1428'), 1],
      [1, scene.colour('#a82a40'), 0.2],
    ]);
    const body = smoothOutline(silhouette(solidCore, pose.turn).map(scene.pixel));
    const shapes =
      filled(body, scene.colour('#7a0a22')) +
      beads(scene, seen, { lit: '#f0627c', base: '#d02a4a', dark: '#7a0a22', gloss: 0.85 }) +
      (pole.normal[2] < 0.1
        ? ''
        : ellipse(scene.pixel(pole.point), [core * squeeze, core], {
            fill: hollow,
            angle: Math.atan2(ny, nx),
          }));
    return scene.canvas.finish(shapes);
  },
};
