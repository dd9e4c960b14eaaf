import assert from 'node:assert/strict';
import { test } from 'node:test';
import { elapsedWords, ticksOf, timeScale } from './time-scale.ts';

test('idle time that is long for the work is cut, and every busy moment keeps its place', () => {
  const hour = 3_600_000;
  const scale = timeScale([0, 50_000, 12 * hour], [60_000, 100_000, 12 * hour + 100_000]);
  assert.deepEqual(
    scale.stretches.map(({ fromMs, toMs }) => [fromMs, toMs]),
    [
      [0, 100_000],
      [12 * hour, 12 * hour + 100_000],
    ],
  );
  assert.ok(scale.length < 220_000, `${scale.length}`);
  for (const ms of [0, 70_000, 12 * hour + 5, 12 * hour + 100_000])
    assert.equal(scale.msAt(scale.at(ms)), ms);
  assert.ok(scale.at(6 * hour) <= scale.at(12 * hour));
});

test('short pauses stay to scale', () => {
  const scale = timeScale([1_000, 31_000], [2_000, 40_000]);
  assert.equal(scale.stretches.length, 1);
  assert.equal(scale.length, 39_000);
  assert.equal(scale.at(31_000), 30_000);
});

test('a run without partitions has a scale that can be drawn', () => {
  const scale = timeScale([], []);
  assert.deepEqual([scale.length, scale.at(5), scale.msAt(0)], [1, 0, 0]);
  assert.deepEqual(ticksOf(scale, { from: 0, to: 1 }, 8), []);
});

test('ticks are round times, within the view, and about as many as asked for', () => {
  const scale = timeScale([1_000_000], [1_000_000 + 95_000]);
  const ticks = ticksOf(scale, { from: 0, to: 95_000 }, 10);
  assert.deepEqual(ticks.map(({ text }) => text).slice(0, 4), ['0 s', '10 s', '20 s', '30 s']);
  assert.equal(ticks.length, 10);
  const near = ticksOf(scale, { from: 40_000, to: 40_050 }, 10);
  assert.ok(near.every(({ at }) => at >= 40_000 && at <= 40_050) && near.length > 3);
});

test('elapsed time is as short as its step allows', () => {
  assert.equal(elapsedWords(1_500, 500), '1.5 s');
  assert.equal(elapsedWords(245_000, 5_000), '4:05');
  assert.equal(elapsedWords(3_720_000, 60_000), '1:02:00');
  assert.equal(elapsedWords(3 * 86_400_000, 86_400_000), '3 d 0:00:00');
});
