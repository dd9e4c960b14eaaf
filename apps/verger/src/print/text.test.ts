import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { formatCount } from '@verger/core';
import fc from 'fast-check';
import { clip, formatBytes, formatDuration, formatShare, formatTable, indent, shellQuote } from './text.ts';

test('numbers are written as a person reads them', () => {
  assert.deepEqual([0, 999, 1000, 4962, 1_234_567].map(formatCount), [
    '0',
    '999',
    '1,000',
    '4,962',
    '1,234,567',
  ]);
  assert.deepEqual([0, 0.7513, 1].map(formatShare), ['0.0 %', '75.1 %', '100.0 %']);
  assert.deepEqual([0, 1023, 1024, 1_500_000].map(formatBytes), ['0 B', '1023 B', '1.0 KiB', '1.4 MiB']);
});

test('durations change their unit where a person does', () => {
  const cases: [number, string][] = [
    [0, '0.0 s'],
    [12_340, '12.3 s'],
    [60_000, '1 min 00 s'],
    [245_000, '4 min 05 s'],
    [3_600_000, '1 h 00 min'],
    [7_380_000, '2 h 03 min'],
  ];
  for (const [ms, text] of cases) assert.equal(formatDuration(ms), text);
});

test('clipped text never takes more than its width', () => {
  assert.equal(clip('raspberry', 6), 'raspb…');
  assert.equal(clip('🍎🍐🍊', 3), '🍎🍐🍊');
  fc.assert(
    fc.property(fc.string(), fc.integer({ min: 1, max: 40 }), (text, width) => {
      assert.ok([...clip(text, width)].length <= width);
    }),
  );
});

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

test('a quoted word comes back from a shell as it was', () => {
  fc.assert(
    fc.property(
      fc.string().filter((word) => !word.includes('\0')),
      (word) => {
        const back = execFileSync('/bin/sh', ['-c', `printf %s ${shellQuote(word)}`]);
        assert.equal(back.toString('utf8'), word);
      },
    ),
    { numRuns: 30 },
  );
});
