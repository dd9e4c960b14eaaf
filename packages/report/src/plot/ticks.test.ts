import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scaleOf, tickText } from './ticks.ts';

const shown = (low: number, high: number, wanted = 6) => {
  const scale = scaleOf(low, high, wanted);
  return scale.ticks.map((tick) => tickText(tick, scale)).join(' ');
};

test('ticks are round numbers within the range, about as many as are wanted', () => {
  assert.equal(shown(0, 100), '0 20 40 60 80 100');
  assert.equal(shown(-6, 7.1), '−6 −4 −2 0 2 4 6');
  assert.equal(shown(-0.013, 0.021), '−0.010 −0.005 0.000 0.005 0.010 0.015 0.020');
  assert.equal(shown(0, 1280), '0 200 400 600 800 1000 1200');
  assert.equal(shown(1e6, 5e6, 4), '1000000 2000000 3000000 4000000 5000000');
  for (const [low, high] of [
    [-3.2, 9.9],
    [0, 0.3],
    [100, 101],
    [-1e-5, 1e-5],
  ] as const) {
    const { ticks } = scaleOf(low, high, 6);
    assert.ok(ticks.length >= 3 && ticks.length <= 10, `${low} to ${high}: ${ticks}`);
  }
});

test('a range of one value is widened', () => {
  const { low, high, ticks } = scaleOf(5, 5, 6);
  assert.ok(low < 5 && high > 5 && ticks.includes(5));
});
