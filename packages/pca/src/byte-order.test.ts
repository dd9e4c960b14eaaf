import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compareUtf8 } from './byte-order.ts';

test('strings compare as their UTF-8 bytes do', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({
      unit: fc.constantFrom('a', '\u00e9', '\ud7ff', '\ue000', '\uffff', '\u{10000}', '\u{1f34e}'),
    }),
  );
  fc.assert(
    fc.property(text, text, (a, b) => {
      assert.equal(Math.sign(compareUtf8(a, b)), Buffer.compare(Buffer.from(a), Buffer.from(b)));
    }),
    { numRuns: 500 },
  );
});

test('a character above U+FFFF comes after U+FFFF, which < denies', () => {
  assert.ok('\u{10000}' < '\uffff');
  assert.ok(compareUtf8('\u{10000}', '\uffff') > 0);
});
