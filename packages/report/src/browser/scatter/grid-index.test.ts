import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { gridIndex } from './grid-index.ts';
import { mixedOrder } from './model.ts';

const coordinate = fc.double({ min: -50, max: 50, noNaN: true });
const place = fc.record({ x: coordinate, y: coordinate });

function planeOf(places: readonly { x: number; y: number }[]) {
  const x = Float32Array.from(places, (one) => one.x);
  const y = Float32Array.from(places, (one) => one.y);
  return { x, y, index: gridIndex(x, y, mixedOrder(places.length)) };
}

test('the nearest point is the one that a look at every point finds', () => {
  const scale = fc.record({ x: fc.double({ min: 0.1, max: 20 }), y: fc.double({ min: 0.1, max: 20 }) });
  const radius = fc.double({ min: 0.5, max: 200 });
  fc.assert(
    fc.property(fc.array(place, { maxLength: 300 }), place, scale, radius, (places, at, by, within) => {
      const { x, y, index } = planeOf(places);
      const accepts = (point: number) => point % 3 !== 0;
      const square = (point: number) => ((x[point]! - at.x) * by.x) ** 2 + ((y[point]! - at.y) * by.y) ** 2;
      const near = places.map((_, point) => point).filter((point) => accepts(point));
      const best = near.reduce(
        (least, point) => (square(point) < square(least) ? point : least),
        near[0] ?? -1,
      );
      const expected = best !== -1 && square(best) <= within * within ? best : -1;
      const found = index.nearest(at, { scale: by, radius: within, accepts });
      if (expected === -1 || found === -1) assert.equal(found, expected);
      else assert.equal(square(found), square(expected));
    }),
  );
});

test('the runs of a rectangle hold all of its points; those of everything hold each point once', () => {
  fc.assert(
    fc.property(fc.array(place, { maxLength: 300 }), place, place, (places, one, other) => {
      const { x, y, index } = planeOf(places);
      const [x0, x1] = [Math.min(one.x, other.x), Math.max(one.x, other.x)];
      const [y0, y1] = [Math.min(one.y, other.y), Math.max(one.y, other.y)];
      const held = (runs: readonly number[]) =>
        runs.flatMap((start, at) => (at % 2 === 0 ? [...index.points.subarray(start, runs[at + 1])] : []));
      const seen = new Set(held(index.runs({ x0, x1, y0, y1 })));
      for (const point of places.keys()) {
        const isInside = x[point]! >= x0 && x[point]! <= x1 && y[point]! >= y0 && y[point]! <= y1;
        if (isInside) assert.ok(seen.has(point));
      }
      const all = held(index.runs({ x0: -50, x1: 50, y0: -50, y1: 50 }));
      assert.deepEqual(
        all.sort((a, b) => a - b),
        [...places.keys()],
      );
    }),
  );
});

test('points that all lie on one place are found, the first in listing order', () => {
  const { index } = planeOf(Array.from({ length: 50 }, () => ({ x: 3, y: 3 })));
  const within = { scale: { x: 1, y: 1 }, radius: 2, accepts: () => true };
  assert.equal(index.nearest({ x: 3, y: 3 }, within), 0);
  assert.equal(index.nearest({ x: 9, y: 3 }, within), -1);
});
