import { edgeShade, filled, lines, oval, smoothOutline, stroked } from './canvas.ts';
import type { Colour } from './colour.ts';
import { type Drawn, type Scene, sceneOf } from './scene.ts';
import { lathe, silhouette, turned, type Vec } from './solid.ts';

const pineappleBody = lathe(0.92, 0.98, 0.94, 0.84, 0.78, 0.8, 0.88, 0.94, 0.92);

/** The eyes of a pineapple: diamonds in rows that lean, each with a brown edge and a point. */
function eyes(scene: Scene): string {
  const rows = 9;
  const around = 11;
  const [high, wide] = [0.25, Math.PI / around];
  let diamonds = '';
  let inner = '';
  let points = '';
  for (let row = 0; row < rows; row++) {
    const latitude = (-0.92 + (1.84 * (row + 0.5)) / rows) * 1.2;
    for (let column = 0; column < around; column++) {
      const longitude = ((column + (row % 2) / 2) / around) * 2 * Math.PI;
      const middle = scene.spot(latitude, longitude);
      if (middle.normal[2] < 0.05) continue;
      const diamond = (size: number) => {
        const corner = (up: number, side: number) =>
          scene.pixel(scene.spot(latitude + up * high * size, longitude + side * wide * size).point);
        return lines([corner(1, 0), corner(0, 1), corner(-1, 0), corner(0, -1)], true);
      };
      diamonds += diamond(1);
      inner += diamond(0.6);
      points += oval(scene.pixel(middle.point), [1.1 * middle.normal[2], 1.1], 0);
    }
  }
  return (
    filled(diamonds, scene.colour('#d49a2c')) +
    stroked(diamonds, scene.colour('#6b4214'), { width: 1.1, opacity: 0.85 }) +
    filled(inner, scene.colour('#e8bc4a'), 0.85) +
    filled(points, scene.colour('#5a3410'), 0.9)
  );
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
  freedom: { spin: [0, 2 * Math.PI], tilt: [-0.15, 0.35], roll: [-0.35, 0.35] },
  draw(pose) {
    const points = silhouette(pineappleBody, pose.turn);
    const scene = sceneOf(pineappleBody, pose, [
      ...points,
      ...[-0.5, 0.5].map((x) => turned([x, 1.45, 0], pose.turn)),
      turned([0, 1.8, 0], pose.turn),
    ]);
    const outline = smoothOutline(points.map(scene.pixel));
    const dark = scene.colour('#4a2a0a');
    const shade = edgeShade(points.map(scene.pixel), dark, {
      light: pose.light,
      widths: [6, 12, 19, 26],
      opacity: 0.13,
    });
    const body =
      filled(outline, scene.colour('#a06a1c')) +
      `<g clip-path="${scene.canvas.clip(outline)}">${eyes(scene)}${shade}</g>`;
    const leavesOf = crown(scene);
    // Seen from above the crown is before the body, from below behind it.
    const shapes = pose.turn.tilt > -0.05 ? body + leavesOf : leavesOf + body;
    return scene.canvas.finish(shapes);
  },
};
