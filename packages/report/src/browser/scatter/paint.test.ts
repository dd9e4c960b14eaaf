import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Brush, brushOf, reachOf } from './brush.ts';
import { fill, type PaintedPoints, paintLine, paintPoints, pixelOf, type Surface } from './paint.ts';
import type { Shape } from './palette.ts';
import { pointRadius } from './point-style.ts';

const WHITE = 0xffffff;
const RED = pixelOf([200, 10, 20]);
const BLUE = pixelOf([0, 0, 255]);

function surfaceOf(width: number, height: number, pad = reachOf(3)): Surface {
  const [wide, high] = [width + 2 * pad, height + 2 * pad];
  const surface = { pixels: new Uint32Array(wide * high), width: wide, height: high, pad };
  fill(surface, WHITE);
  return surface;
}

/** Points at pixels of the surface, of groups 0, 1, … in turn. */
function pointsAt(places: readonly (readonly [number, number])[]): PaintedPoints {
  return {
    x: Float32Array.from(places, ([x]) => x),
    y: Float32Array.from(places, ([, y]) => y),
    groups: Uint16Array.from(places, (_, at) => at % 2),
    points: Uint32Array.from(places, (_, at) => at),
    runs: [0, places.length],
    ...{ ax: 1, bx: 0, ay: 1, by: 0 },
  };
}

const styleOf = (brush: Brush) => ({
  ...{ shown: Uint8Array.of(1, 1), colours: Uint32Array.of(RED, BLUE), brushes: [brush, brush] },
  ...{ only: -1, marked: null },
});
const at = ({ pixels, width, pad }: Surface, x: number, y: number) => pixels[(y + pad) * width + x + pad]!;

test('each shape covers about the area of its circle, and is the same on both sides', () => {
  for (const shape of ['circle', 'square', 'diamond', 'triangle'] satisfies Shape[]) {
    const { dx, dy, cover } = brushOf(shape, 4, 1);
    const area = cover.reduce((sum, one) => sum + one, 0) / 256;
    assert.ok(area > 0.62 * Math.PI * 16 && area < 1.15 * Math.PI * 16, `${shape}: ${area}`);
    const middle = dx.reduce((sum, x, place) => sum + x * (cover[place] ?? 0), 0);
    assert.equal(middle, 0, shape);
    assert.ok(Math.max(...dx, ...dy) < reachOf(4));
  }
});

test('a solid point has its colour, a translucent one is mixed with what is below', () => {
  const surface = surfaceOf(20, 20);
  paintPoints(surface, pointsAt([[5, 5]]), styleOf(brushOf('circle', 3, 1)));
  assert.equal(at(surface, 5, 5), (0xff000000 | RED) >>> 0);
  assert.equal(at(surface, 10, 10), 0xffffffff);
  fill(surface, WHITE);
  paintPoints(surface, pointsAt([[5, 5]]), styleOf(brushOf('circle', 3, 0.5)));
  const value = at(surface, 5, 5);
  assert.deepEqual([value & 0xff, (value >>> 8) & 0xff, (value >>> 16) & 0xff], [227, 132, 137]);
});

test('points at the edge and beyond it neither fail nor come out on the other side', () => {
  const surface = surfaceOf(20, 10);
  const places = [
    [0, 0],
    [19, 9],
    [0, 9],
    [19, 0],
    [-1, 5],
    [20, 5],
    [5, -1],
    [5, 10],
    [Number.NaN, 1],
  ] as const;
  assert.equal(paintPoints(surface, pointsAt(places), styleOf(brushOf('square', 2, 1))), 4);
  for (let y = 3; y < 7; y += 1) {
    for (let x = 0; x < 20; x += 1) assert.equal(at(surface, x, y), 0xffffffff, `${x} ${y}`);
  }
});

test('hidden groups, other groups and unmarked points are not painted', () => {
  const points = pointsAt([
    [3, 3],
    [9, 3],
    [15, 3],
  ]);
  const style = styleOf(brushOf('circle', 2, 1));
  const count = (change: object) => paintPoints(surfaceOf(20, 10), points, { ...style, ...change });
  assert.equal(count({}), 3);
  assert.equal(count({ shown: Uint8Array.of(0, 1) }), 1);
  assert.equal(count({ only: 0 }), 2);
  assert.equal(count({ marked: Uint8Array.of(1, 0, 0) }), 1);
  assert.equal(paintPoints(surfaceOf(20, 10), { ...points, runs: [1, 3] }, style), 2);
});

test('lines go from edge to edge, and those outside are left out', () => {
  const surface = surfaceOf(12, 6);
  paintLine(surface, { along: 'x', at: 2, colour: BLUE });
  paintLine(surface, { along: 'y', at: 4, colour: RED });
  paintLine(surface, { along: 'y', at: 4_000, colour: RED });
  paintLine(surface, { along: 'x', at: -4_000, colour: RED });
  assert.equal(at(surface, 0, 2), (0xff000000 | BLUE) >>> 0);
  assert.equal(at(surface, 4, 5), (0xff000000 | RED) >>> 0);
  assert.equal(at(surface, 5, 5), 0xffffffff);
});

test('points are smaller the more there are, larger in a zoom, smaller on a phone', () => {
  const area = 870 * 490;
  const radii = [100, 3_000, 20_000, 100_000].map((count) => pointRadius(count, { zoom: 1, area }));
  for (const [place, radius] of radii.entries()) {
    assert.ok(radius <= 5 && radius >= 1.7);
    if (place > 0) assert.ok(radius < (radii[place - 1] ?? 0));
  }
  assert.ok(pointRadius(100_000, { zoom: 10, area }) > pointRadius(100_000, { zoom: 1, area }));
  assert.ok(pointRadius(3_000, { zoom: 1, area: area / 4 }) < pointRadius(3_000, { zoom: 1, area }));
});
