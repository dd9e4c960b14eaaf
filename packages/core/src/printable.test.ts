import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { printable } from './printable.ts';

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
