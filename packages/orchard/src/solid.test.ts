import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { halved, lathe, pointOn, ribbed, silhouette, spheroid, spotOn, turned } from './solid.ts';

const angle = fc.double({ min: -Math.PI, max: Math.PI, noNaN: true });
const latitude = fc.double({ min: -1.5, max: 1.5, noNaN: true });
const turn = fc.record({ spin: angle, tilt: angle, roll: angle });
const near = (actual: number, expected: number, within = 1e-9) =>
  assert.ok(Math.abs(actual - expected) <= within, `${actual} is not ${expected}`);

test('turning keeps every distance', () => {
  fc.assert(
    fc.property(latitude, angle, turn, (lat, lon, how) => {
      const point = pointOn(spheroid(0.8, 1.2), [lat, lon]);
      near(Math.hypot(...turned(point, how)), Math.hypot(...point));
    }),
  );
});

test('the normal of a ball points away from its centre, however it is turned', () => {
  fc.assert(
    fc.property(latitude, angle, turn, (lat, lon, how) => {
      const { point, normal } = spotOn(spheroid(2, 2), [lat, lon], how);
      for (const axis of [0, 1, 2] as const) near(normal[axis] * 2, point[axis], 1e-6);
    }),
  );
});

test('a lathe gives the radii it was given, and nothing far outside them between', () => {
  const radii = [0.9, 1, 0.8, 1.2, 1.1];
  const body = lathe(...radii);
  for (const [index, radius] of radii.entries()) near(body((index / 4 - 0.5) * Math.PI, 0), radius);
  fc.assert(
    fc.property(latitude, (lat) => {
      const radius = body(lat, 0);
      assert.ok(radius > 0.7 && radius < 1.3, `${radius}`);
    }),
  );
});

test('a spheroid upright is as wide and as high as its half axes; seen from above it is round', () => {
  const body = spheroid(0.8, 1.2);
  const size = (points: [number, number][], axis: 0 | 1) => Math.max(...points.map((point) => point[axis]));
  const upright = silhouette(body, { spin: 0.3, tilt: 0, roll: 0 });
  near(size(upright, 0), 0.8, 0.01);
  near(size(upright, 1), 1.2, 0.01);
  const above = silhouette(body, { spin: 0.3, tilt: Math.PI / 2, roll: 0 });
  near(size(above, 0), 0.8, 0.01);
  near(size(above, 1), 0.8, 0.01);
});

test('ribs repeat around the axis, and vanish at the poles', () => {
  const body = ribbed(spheroid(1, 1), 5, 0.1);
  fc.assert(
    fc.property(latitude, angle, (lat, lon) => near(body(lat, lon), body(lat, lon + (2 * Math.PI) / 5))),
  );
  near(body(0, 0), 1.1);
  near(body(Math.PI / 2, 0), 1);
});

test('half a body has nothing before the cut', () => {
  const half = halved(spheroid(1, 1));
  assert.equal(half(0, 0), 0);
  assert.equal(half(0, Math.PI), 1);
  assert.equal(half(0, Math.PI / 2), 1);
});
