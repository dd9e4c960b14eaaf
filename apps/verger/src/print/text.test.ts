import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatTable, indent } from './text.ts';

test('a table has aligned columns, and numbers to the right', () => {
  assert.equal(
    formatTable(
      [
        ['label', 'images'],
        ['Pear', '5'],
        ['Apple Red', '1,200'],
      ],
      [1],
    ),
    ['label      images', '─────────  ──────', 'Pear            5', 'Apple Red   1,200'].join('\n'),
  );
});

test('empty lines stay empty when a text is moved', () => {
  assert.equal(indent('a\n\nb', 3), '   a\n\n   b');
});
