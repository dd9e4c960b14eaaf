import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededNumbers } from '@verger/core';
import type { TimelineBars } from './timeline-bars.ts';
import { barAt, failureAt, layOut, neighbour } from './timeline-layout.ts';

/** Two workers: the first had partitions 0 and 1 at once and then 2; the second had 3. */
const BARS: TimelineBars = {
  ...{ workers: ['a', 'b'], partition: [0, 1, 2, 3], worker: [0, 0, 0, 1], attempt: [1, 1, 2, 1] },
  ...{ startMs: [0, 100, 1_000, 0], endMs: [1_000, 900, 2_000, 2_000] },
  failures: [{ worker: 1, atMs: 500, code: 'E_CHILD_DIED' }],
};

test('partitions that a worker had at once are in lanes of their own', () => {
  const { top, rows, laneHeight } = layOut(BARS);
  assert.notEqual(top[0], top[1]);
  assert.equal(rows[0]?.height, 2 * laneHeight);
  assert.equal(rows[1]?.height, laneHeight);
  assert.ok((top[3] ?? 0) >= (rows[0]?.top ?? 0) + 2 * laneHeight);
});

test('20,000 bars on 200 workers: no two overlap', () => {
  const random = seededNumbers(3);
  const count = 20_000;
  const startMs = Array.from({ length: count }, () => Math.floor(random() * 1e7));
  const bars: TimelineBars = {
    workers: Array.from({ length: 200 }, (_, at) => `w${at}`),
    partition: startMs.map((_, at) => at),
    worker: startMs.map((_, at) => at % 200),
    ...{ startMs, endMs: startMs.map((ms) => ms + 30_000), attempt: startMs.map(() => 1), failures: [] },
  };
  const { top, height } = layOut(bars);
  assert.ok(height < 4_000, `${height}`);
  const lanes = new Map<number, number[]>();
  for (const [at, start] of startMs.entries())
    lanes.set(top[at] ?? 0, [...(lanes.get(top[at] ?? 0) ?? []), start]);
  for (const lane of lanes.values()) {
    const starts = lane.sort((a, b) => a - b);
    for (const [at, start] of starts.entries()) {
      if (at > 0) assert.ok(start - (starts[at - 1] ?? 0) >= 29_750, `${start}`);
    }
  }
});

test('a place on the picture is the bar there, or the nearest within the slack', () => {
  const layout = layOut(BARS);
  const y = (layout.top[2] ?? 0) + 1;
  assert.equal(barAt(BARS, layout, { ms: 1_500, y, slackMs: 0 }), 2);
  assert.equal(barAt(BARS, layout, { ms: 2_040, y, slackMs: 50 }), 2);
  assert.equal(barAt(BARS, layout, { ms: 2_060, y, slackMs: 50 }), undefined);
  assert.equal(barAt(BARS, layout, { ms: 500, y: -5, slackMs: 50 }), undefined);
  const row = layout.rows[1];
  const at = { x: 503, y: (row?.top ?? 0) + 2, near: 6, xOf: (ms: number) => ms };
  assert.equal(failureAt(BARS, layout, at), 0);
  assert.equal(failureAt(BARS, layout, { ...at, x: 520 }), undefined);
});

test('arrow keys go along a worker and to the next one', () => {
  const layout = layOut(BARS);
  assert.equal(neighbour(BARS, layout, { from: 0, dx: 1, dy: 0 }), 2);
  assert.equal(neighbour(BARS, layout, { from: 2, dx: -1, dy: 0 }), 0);
  assert.equal(neighbour(BARS, layout, { from: 2, dx: 1, dy: 0 }), 2);
  assert.equal(neighbour(BARS, layout, { from: 1, dx: 0, dy: 1 }), 3);
  assert.equal(neighbour(BARS, layout, { from: 3, dx: 0, dy: 1 }), 3);
});
