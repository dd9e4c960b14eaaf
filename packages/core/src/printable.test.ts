import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  clip,
  formatBytes,
  formatCount,
  formatDuration,
  formatShare,
  printable,
  shellQuote,
} from './printable.ts';

test('escape sequences, line ends and marks that turn text are shown, not obeyed', () => {
  assert.equal(
    printable('a\u001b[31mb\n\u009bc\u202ed\u200ee\ufeff'),
    'a\\u001b[31mb\\n\\u009bc\\u202ed\\u200ee\\ufeff',
  );
});

test('text in any script stays as it is', () => {
  for (const text of ['pomme d’api', '林檎', 'تفاحة', '🍎 apple', 'é']) assert.equal(printable(text), text);
});

test('nothing printed can move a cursor', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
      assert.doesNotMatch(printable(text), /[\u0000-\u001f\u007f-\u009f\u202e]/);
    }),
  );
});

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
