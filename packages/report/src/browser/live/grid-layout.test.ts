import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cellAt, cornerOf, gridLayout, movedBy } from './grid-layout.ts';

test('few partitions are large and seen whole, 20,000 are small and scrolled', () => {
  assert.deepEqual(gridLayout(8, 1100), { count: 8, pitch: 26, columns: 42, rows: 1, height: 26, seen: 26 });
  const many = gridLayout(20_000, 1100);
  assert.deepEqual([many.pitch, many.columns, many.rows, many.seen], [5, 220, 91, 440]);
  const some = gridLayout(2_000, 1100);
  assert.ok(some.height <= 300 && some.seen === some.height && some.pitch > 5);
});

test('each place of a cell leads to the cell, and no place beside them does', () => {
  const layout = gridLayout(1_000, 333);
  for (const at of [0, 1, layout.columns, 517, 999]) {
    const { x, y } = cornerOf(layout, at);
    assert.equal(cellAt(layout, x, y), at);
    assert.equal(cellAt(layout, x + layout.pitch - 0.5, y + layout.pitch - 0.5), at);
  }
  assert.equal(cellAt(layout, layout.columns * layout.pitch + 1, 0), undefined);
  assert.equal(cellAt(layout, 0, layout.height + 1), undefined);
  assert.equal(cellAt(layout, -1, 0), undefined);
});

test('keys lead from cell to cell, and never out of the grid', () => {
  const layout = gridLayout(100, 260);
  assert.equal(layout.columns, 10);
  assert.equal(movedBy(layout, 42, 'ArrowRight'), 43);
  assert.equal(movedBy(layout, 42, 'ArrowDown'), 52);
  assert.equal(movedBy(layout, 3, 'ArrowUp'), 3);
  assert.equal(movedBy(layout, 99, 'ArrowDown'), 99);
  assert.equal(movedBy(layout, 0, 'ArrowLeft'), 0);
  assert.equal(movedBy(layout, 42, 'Home'), 40);
  assert.equal(movedBy(layout, 42, 'End'), 49);
  assert.equal(movedBy(layout, 42, 'Home', true), 0);
  assert.equal(movedBy(layout, 42, 'End', true), 99);
  assert.equal(movedBy(layout, 42, 'PageDown'), 99);
  assert.equal(movedBy(layout, 42, 'x'), undefined);
});
