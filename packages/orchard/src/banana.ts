import { filled, lines, oval, type Pixel, smoothOutline, stroked } from './canvas.ts';
import type { Pose } from './pose.ts';
import { type Drawn, sceneOf } from './scene.ts';
import { spheroid, turned, type Vec } from './solid.ts';

const STEPS = 28;

/** The banana's middle line: an arc, flattened by the spin. `share` runs from the flower end to the stalk. */
function middleLine(share: number): Vec {
  const angle = -2.25 + 1.95 * share;
  return [1.15 * Math.cos(angle) + 0.1, 1.15 * Math.sin(angle) + 0.9, 0];
}

/** Half its thickness: pointed at the flower end, a thin stalk at the other. */
function thickness(share: number): number {
  const belly = Math.sqrt(Math.max(0, Math.sin(Math.PI * Math.min(1, 0.03 + share * 1.04))));
  return share > 0.9 ? Math.max(0.065, 0.26 * belly) : 0.045 + 0.22 * belly;
}

/** Lines along the banana: `side` -1 is its inner edge, 1 its outer one. Turned, in units. */
function along(pose: Pose, side: number): [number, number][] {
  const at = (share: number) => turned(middleLine(share), pose.turn);
  return Array.from({ length: STEPS + 1 }, (_, step) => {
    const share = step / STEPS;
    const [x, y] = at(share);
    const [x1, y1] = at(share - 0.01);
    const [x2, y2] = at(share + 0.01);
    const length = Math.hypot(x2 - x1, y2 - y1) || 1;
    const half = thickness(share) * side;
    return [x + ((y2 - y1) / length) * half, y - ((x2 - x1) / length) * half];
  });
}

/** Brown marks along the sides, as one path. */
function freckles(pose: Pose, line: (side: number) => readonly Pixel[]): string {
  return Array.from({ length: 26 }, () => {
    const side = line(pose.own.between(-0.8, 0.8));
    const at = side[Math.floor(pose.own.between(4, STEPS - 6))] ?? [50, 50];
    const size = pose.own.between(0.4, 1.1);
    return oval(at, [size * 1.4, size * 0.7], pose.turn.roll);
  }).join('');
}

/** A banana: five flat sides of which three are seen, brown ends, freckles. */
export const banana: Drawn = {
  freedom: { spin: [-0.7, 0.7], tilt: [-0.4, 0.4], roll: [0, 2 * Math.PI] },
  draw(pose) {
    const edges = [...along(pose, -1), ...along(pose, 1)];
    const scene = sceneOf(spheroid(1, 1), pose, edges);
    const line = (side: number): Pixel[] => along(pose, side).map(scene.pixel);
    const strip = (from: number, to: number) => smoothOutline([...line(from), ...line(to).reverse()]);
    const c = scene.colour;
    // The light decides which of the two outer sides is the bright one.
    const outer = turned([0, -1, 0], pose.turn);
    const lit = outer[0] * pose.light[0] + outer[1] * pose.light[1];
    const ridge = 0.28 * Math.sin(pose.turn.spin * 2);
    const [inside, outside] = lit > 0 ? (['#c99a1c', '#fbe46a'] as const) : (['#fbe46a', '#cf9f1e'] as const);
    const outline = strip(-1, 1);
    let drawn = filled(outline, c('#f3cf33'));
    drawn += `<g clip-path="${scene.canvas.clip(outline)}">`;
    drawn += filled(strip(-1, -0.42 + ridge), c(inside)) + filled(strip(0.38 + ridge, 1), c(outside));
    for (const side of [-0.42 + ridge, 0.38 + ridge]) {
      drawn += stroked(lines(line(side), false), c('#a67c12'), { width: 0.9, opacity: 0.45 });
    }
    drawn += filled(freckles(pose, line), c('#7a4f14'), 0.6);
    drawn += [3, 6, 10].map((width) => stroked(outline, c('#6e4a08'), { width, opacity: 0.12 })).join('');
    const end = (points: number, from: number, colour: '#3a2812' | '#8c8a2c') => {
      const [first, second] = [line(-1).slice(from, from + points), line(1).slice(from, from + points)];
      return filled(smoothOutline([...first, ...second.reverse()]), c(colour), 0.9);
    };
    drawn += `${end(5, STEPS - 4, '#8c8a2c')}${end(2, STEPS - 1, '#3a2812')}${end(2, 0, '#3a2812')}</g>`;
    return scene.canvas.finish(drawn);
  },
};
