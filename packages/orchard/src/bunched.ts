import { beads, evenPlaces } from './beads.ts';
import { ellipse, filled, lines, smoothOutline, stroked } from './canvas.ts';
import type { Colour } from './colour.ts';
import type { Freedom, Pose } from './pose.ts';
import { type Scene, type Skin, sceneOf } from './scene.ts';
import { lathe, pointOn, type Solid, silhouette, spheroid, turned, type Vec } from './solid.ts';

/** A fruit that draws itself: the SVG of one pose. */
export interface Drawn {
  readonly freedom: Freedom;
  draw(pose: Pose, scale: number): string;
}

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
    draw(pose, scale) {
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
      return scene.canvas.finish(shapes, scale);
    },
  };
}

const raspberryBody = lathe(1.1, 1.02, 0.95, 0.95, 0.98, 0.98, 0.86);

/** A raspberry: drupelets all over a blunt cone, a pale hollow where it sat on its core. */
export const raspberry: Drawn = {
  freedom: { spin: ROUND, tilt: [-0.5, 0.75], roll: [-0.7, 0.7] },
  draw(pose, scale) {
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
    const shapes =
      beads(scene, seen, { lit: '#f0627c', base: '#d02a4a', dark: '#7a0a22', gloss: 0.85 }) +
      (pole.normal[2] < 0.1
        ? ''
        : ellipse(scene.pixel(pole.point), [core * squeeze, core], {
            fill: hollow,
            angle: Math.atan2(ny, nx),
          }));
    return scene.canvas.finish(shapes, scale);
  },
};

const pineappleBody = lathe(0.92, 0.98, 0.94, 0.84, 0.78, 0.8, 0.88, 0.94, 0.92);

/** The eyes of a pineapple: diamonds in rows that lean, each with a brown edge and a point. */
function eyes(scene: Scene): string {
  const rows = 9;
  const around = 11;
  let drawn = '';
  for (let row = 0; row < rows; row++) {
    const latitude = (-0.92 + (1.84 * (row + 0.5)) / rows) * 1.2;
    for (let column = 0; column < around; column++) {
      const longitude = ((column + (row % 2) / 2) / around) * 2 * Math.PI;
      const middle = scene.spot(latitude, longitude);
      if (middle.normal[2] < 0.05) continue;
      const [high, wide] = [0.25, Math.PI / around];
      const corner = (up: number, side: number) =>
        scene.pixel(scene.spot(latitude + up * high, longitude + side * wide).point);
      const diamond = lines([corner(1, 0), corner(0, 1), corner(-1, 0), corner(0, -1)], true);
      const inner = lines([corner(0.6, 0), corner(0, 0.6), corner(-0.6, 0), corner(0, -0.6)], true);
      const at = scene.pixel(middle.point);
      drawn +=
        filled(diamond, scene.colour('#d49a2c')) +
        stroked(diamond, scene.colour('#6b4214'), { width: 1.1, opacity: 0.85 }) +
        filled(inner, scene.colour('#e8bc4a'), 0.85) +
        ellipse(at, [1.1 * middle.normal[2], 1.1], { fill: scene.colour('#5a3410'), opacity: 0.9 });
    }
  }
  return drawn;
}

/** The crown of a pineapple: leaves that rise from the top and bend outward; the far ones first. */
function crown(scene: Scene): string {
  const { own } = scene.pose;
  const greens: readonly Colour[] = ['#4f8a3c', '#3c7433', '#6fa352', '#2f5f2c'];
  const all = Array.from({ length: 26 }, (_, index) => {
    const angle = index * 2.4 + own.between(-0.2, 0.2);
    const out = 0.12 + (0.6 * ((index * 7) % 26)) / 26;
    const high = 1.15 - out * 0.75 + own.between(-0.05, 0.08);
    const [side, front] = [Math.sin(angle), Math.cos(angle)];
    const at = (share: number, breadth: number): Vec => {
      const away = out * share ** 1.6 + 0.12;
      return scene.turn([
        side * away + front * breadth,
        0.8 + high * share * (1 - 0.18 * out * share),
        front * away - side * breadth,
      ]);
    };
    const left = [0, 0.35, 0.7].map((share) => at(share, 0.1 * (1 - share * 0.55)));
    const right = [0.7, 0.35, 0].map((share) => at(share, -0.1 * (1 - share * 0.55)));
    const tip = at(1, 0);
    return { points: [...left, tip, ...right], depth: tip[2], green: greens[index % 4] ?? '#3c7433' };
  }).sort((a, b) => a.depth - b.depth);
  return all
    .map(({ points, green }) => {
      const outline = lines(points.map(scene.pixel), true);
      return (
        filled(outline, scene.colour(green)) +
        stroked(outline, scene.colour('#1d4020'), { width: 0.5, opacity: 0.8 })
      );
    })
    .join('');
}

/** A pineapple with its crown. */
export const pineapple: Drawn = {
  freedom: { spin: ROUND, tilt: [-0.15, 0.35], roll: [-0.35, 0.35] },
  draw(pose, scale) {
    const points = silhouette(pineappleBody, pose.turn);
    const scene = sceneOf(pineappleBody, pose, [
      ...points,
      ...[-0.45, 0.45].map((x) => turned([x, 1.7, 0], pose.turn)),
      turned([0, 1.95, 0], pose.turn),
    ]);
    const outline = smoothOutline(points.map(scene.pixel));
    const dark = scene.colour('#4a2a0a');
    const [lx, ly] = pose.light;
    const shade = [6, 12, 19, 26].map((width) => stroked(outline, dark, { width, opacity: 0.13 })).join('');
    const body =
      filled(outline, scene.colour('#a06a1c')) +
      `<g clip-path="${scene.canvas.clip(outline)}">${eyes(scene)}<g transform="translate(${(lx * 3).toFixed(2)} ${(-ly * 3).toFixed(2)})">${shade}</g></g>`;
    const leavesOf = crown(scene);
    // Seen from above the crown stands before the body, from below behind it.
    const shapes = pose.turn.tilt > -0.05 ? body + leavesOf : leavesOf + body;
    return scene.canvas.finish(shapes, scale);
  },
};
