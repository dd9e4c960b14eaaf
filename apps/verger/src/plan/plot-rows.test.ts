import assert from 'node:assert/strict';
import { test } from 'node:test';
import { evenly } from './plot-rows.ts';

const keptOf = (rows: number) => {
  const isKept = evenly(rows);
  return Array.from({ length: rows }, (_, row) => row).filter(isKept);
};

test('up to 50,000 rows are all plotted; of more exactly 50,000, at distances that differ by one at most', () => {
  assert.equal(keptOf(50_000).length, 50_000);
  for (const rows of [50_001, 75_000, 123_457, 400_000]) {
    const kept = keptOf(rows);
    const gaps = new Set(kept.slice(1).map((row, at) => row - (kept[at] ?? 0)));
    assert.deepEqual([kept.length, kept.at(-1)], [50_000, rows - 1]);
    assert.ok(Math.max(...gaps) - Math.min(...gaps) <= 1, `${rows}: ${[...gaps]}`);
  }
});
