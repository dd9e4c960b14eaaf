/** View, ticks, lasso, keyboard steps, visibility: what a scatter computes without a page. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isInside, pointsInside } from './lasso.ts';
import { positionText, tickText, tickValues } from './ticks.ts';
import { isWhole, panned, revealing, toPlane, toScreen, type View, wholeView, zoomed } from './view.ts';
import { allShown, countShown, found, isolated, nextShown, toggled, withShown } from './visibility.ts';
import { nearestTo, neighbour } from './walk.ts';

const number = (min: number, max: number) => fc.double({ min, max, noNaN: true });
const WHOLE: View = { x0: -10, x1: 10, y0: -5, y1: 5 };
const FRAME = { left: 50, top: 8, width: 800, height: 400 };

test('ticks are round, evenly spaced, within the range, and no more than asked', () => {
  fc.assert(
    fc.property(number(-1e7, 1e7), number(1e-5, 1e7), fc.integer({ min: 2, max: 12 }), (low, span, most) => {
      const values = tickValues(low, low + span, most);
      assert.ok(values.length <= most + 1 && values.length >= 1 - Number(most < 3));
      fc.pre(span > Math.abs(low) * 1e-6);
      const step = (values[1] ?? 0) - (values[0] ?? 0);
      for (const [at, value] of values.entries()) {
        assert.ok(value >= low - span * 1e-6 && value <= low + span * (1 + 1e-6));
        if (at > 0) assert.ok(Math.abs(value - (values[at - 1] ?? 0) - step) < step * 1e-6);
      }
      assert.equal(new Set(values.map((value) => tickText(value, values))).size, values.length);
    }),
  );
});

test('ticks read as a person writes them', () => {
  const texts = (low: number, high: number) => {
    const values = tickValues(low, high, 5);
    return values.map((value) => tickText(value, values));
  };
  assert.deepEqual(texts(-22, 23), ['−20', '−10', '0', '10', '20']);
  assert.deepEqual(texts(0.11, 0.29), ['0.15', '0.20', '0.25']);
  assert.deepEqual(texts(0.000_02, 0.000_09), ['2e−5', '4e−5', '6e−5', '8e−5']);
  assert.deepEqual(tickValues(3, 3, 5), []);
  assert.equal(positionText(-3.214), '−3.21');
});

test('a place of the plane comes to the screen and back', () => {
  fc.assert(
    fc.property(number(-10, 10), number(-5, 5), (x, y) => {
      const back = toPlane(WHOLE, FRAME, toScreen(WHOLE, FRAME, { x, y }));
      assert.ok(Math.abs(back.x - x) < 1e-9 && Math.abs(back.y - y) < 1e-9);
    }),
  );
});

test('zoom keeps its point where it is, and no view leaves the whole', () => {
  fc.assert(
    fc.property(number(-9, 9), number(-4, 4), number(1, 50), number(-30, 30), (x, y, factor, by) => {
      const near = zoomed(WHOLE, WHOLE, { factor, at: { x, y } });
      const [before, after] = [toScreen(WHOLE, FRAME, { x, y }), toScreen(near, FRAME, { x, y })];
      assert.ok(Math.abs(before.x - after.x) < 1e-6 && Math.abs(before.y - after.y) < 1e-6);
      const moved = panned(near, WHOLE, { x: by, y: by });
      assert.ok(moved.x0 >= -10 - 1e-9 && moved.x1 <= 10 + 1e-9 && moved.y0 >= -5 - 1e-9);
      assert.ok(Math.abs(moved.x1 - moved.x0 - (near.x1 - near.x0)) < 1e-9);
      const shown = revealing(near, WHOLE, { x: by / 4, y: 0 });
      assert.ok(shown.x0 <= by / 4 + 1e-9 && shown.x1 >= by / 4 - 1e-9);
      assert.equal(isWhole(zoomed(near, WHOLE, { factor: 1e-3, at: { x, y } }), WHOLE), true);
    }),
  );
  assert.ok(Number.isFinite(zoomed(WHOLE, WHOLE, { factor: 1e9, at: { x: 0, y: 0 } }).x1));
});

test('one point, or points on a line, have a view around them', () => {
  const { x0, x1, y0, y1 } = wholeView(Float32Array.of(0), Float32Array.of(7));
  assert.ok(x0 < 0 && x1 > 0 && y0 < 7 && y1 > 7);
  assert.ok(wholeView(new Float32Array(), new Float32Array()).x1 > 0);
});

test('a lasso holds what is inside a circle, and what is between the arms of a C is outside', () => {
  const circle = Array.from({ length: 200 }, (_, at) => [
    Math.cos((at * Math.PI) / 100),
    Math.sin((at * Math.PI) / 100),
  ]).flat();
  fc.assert(
    fc.property(number(-2, 2), number(-2, 2), (x, y) => {
      const distance = Math.hypot(x, y);
      fc.pre(Math.abs(distance - 1) > 0.001);
      assert.equal(isInside(circle, { x, y }), distance < 1);
    }),
  );
  const c = [0, 0, 4, 0, 4, 1, 1, 1, 1, 3, 4, 3, 4, 4, 0, 4];
  const plane = { x: Float32Array.of(0.5, 3, 3, 3, 9), y: Float32Array.of(2, 0.5, 2, 3.5, 2) };
  assert.deepEqual(
    pointsInside(c, plane, () => true),
    [0, 1, 3],
  );
  assert.deepEqual(
    pointsInside(c, plane, (point) => point !== 1),
    [0, 3],
  );
});

test('an arrow leads to the nearest point on its side; nothing is there for the last one', () => {
  const walk = {
    ...{ x: Float32Array.of(0, 10, 30, 0, -20, 8), y: Float32Array.of(0, 1, 0, 15, -3, 7.9) },
    ...{ scale: { x: 1, y: 1 }, accepts: () => true },
  };
  assert.equal(neighbour(0, 'right', walk), 1);
  assert.equal(neighbour(1, 'right', walk), 2);
  assert.equal(neighbour(2, 'right', walk), -1);
  assert.equal(neighbour(0, 'left', walk), 4);
  assert.equal(neighbour(0, 'up', walk), 3);
  assert.equal(neighbour(0, 'down', walk), -1);
  assert.equal(neighbour(0, 'right', { ...walk, accepts: (point) => point > 1 }), 5);
  // A unit of y that is seen as 10 pixels turns what was beside into what is above.
  assert.equal(neighbour(0, 'up', { ...walk, scale: { x: 1, y: 10 } }), 1);
  assert.equal(nearestTo({ x: 29, y: 0 }, walk), 2);
});

test('right and left again comes back on a row of points', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 0, max: 40 }), (count, from) => {
      const x = Float32Array.from({ length: count + 1 }, (_, at) => at * 5);
      const walk = { x, y: new Float32Array(count + 1), scale: { x: 1, y: 1 }, accepts: () => true };
      const start = from % count;
      assert.equal(neighbour(neighbour(start, 'right', walk), 'left', walk), start);
    }),
  );
});

test('labels are hidden, isolated, and shown again', () => {
  const all = allShown(4);
  assert.deepEqual([...toggled(all, 2)], [1, 1, 0, 1]);
  assert.deepEqual([...isolated(all, 2)], [0, 0, 1, 0]);
  assert.deepEqual([...isolated(isolated(all, 2), 2)], [1, 1, 1, 1]);
  assert.deepEqual([...isolated(toggled(isolated(all, 2), 2), 2)], [0, 0, 1, 0]);
  assert.deepEqual([...withShown(all, [0, 3], false)], [0, 1, 1, 0]);
  assert.equal(countShown(toggled(all, 0)), 3);
  assert.deepEqual([...all], [1, 1, 1, 1]);
});

test('the next shown label is around the end, and none where all are hidden', () => {
  const shown = Uint8Array.of(1, 0, 0, 1, 0);
  assert.deepEqual([nextShown(shown, -1, 1), nextShown(shown, 0, 1), nextShown(shown, 3, 1)], [0, 3, 0]);
  assert.deepEqual([nextShown(shown, 0, -1), nextShown(shown, 3, -1)], [3, 0]);
  assert.equal(nextShown(new Uint8Array(5), 2, 1), -1);
});

test('the search finds parts of names, case aside', () => {
  const names = ['Apple', 'pineapple', 'Pear'];
  assert.deepEqual(found(names, ' APPLE '), [0, 1]);
  assert.deepEqual(found(names, ''), [0, 1, 2]);
  assert.deepEqual(found(names, '.*'), []);
});
