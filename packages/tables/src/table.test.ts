import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readRleBitPackedHybrid } from 'hyparquet/src/encoding.js';
import { listLevels } from './table.ts';

test('the levels of a page read back, by another reader, as full lists without nulls', () => {
  const shape = [fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 1300 })] as const;
  fc.assert(
    fc.property(...shape, (rows, width) => {
      const bytes = listLevels(rows, width);
      const reader = { view: new DataView(bytes.buffer), offset: 0 };
      const repetition = new Array<number>(rows * width);
      readRleBitPackedHybrid(reader, 1, repetition);
      const definition = new Array<number>(rows * width);
      readRleBitPackedHybrid(reader, 2, definition);
      assert.equal(reader.offset, bytes.length);
      assert.equal(repetition.length, rows * width);
      assert.ok(repetition.every((level, index) => level === (index % width === 0 ? 0 : 1)));
      assert.equal(definition.length, rows * width);
      assert.ok(definition.every((level) => level === 2));
    }),
    { numRuns: 60 },
  );
});
