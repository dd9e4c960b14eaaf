import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canonicalJson } from '@verger/core';
import fc from 'fast-check';
import { bytesInLine, formatListingLine, parseListingPart } from './listing-line.ts';

const good = { path: 'a\n"b".jpg', label: '', bytes: 3, version: 'mtime:5' };
const bytesOf = (text: string) => new TextEncoder().encode(text);

test('a line has sorted fields, no white space, and one newline', () => {
  assert.equal(
    formatListingLine(good),
    '{"bytes":3,"label":"","path":"a\\n\\"b\\".jpg","version":"mtime:5"}\n',
  );
});

test('a line is the canonical JSON of any reference, and its bytes are read without the rest', () => {
  const ref = fc.record({
    bytes: fc.maxSafeNat(),
    version: fc.string({ unit: 'binary' }),
    path: fc.string({ unit: 'binary' }),
    label: fc.string(),
    refused: fc.constantFrom(undefined, 'E_IMG_NAME' as const),
  });
  fc.assert(
    fc.property(ref, (image) => {
      assert.equal(formatListingLine(image), `${canonicalJson(image)}\n`);
      assert.equal(bytesInLine(bytesOf(`\n${formatListingLine(image)}`), 1), image.bytes);
    }),
  );
});

test('an empty part has no images', () => {
  assert.deepEqual(parseListingPart(new Uint8Array(0)), []);
});

test('a part that is damaged anywhere is E_RUN_CORRUPT with the line', () => {
  const line = formatListingLine(good);
  const faults: readonly (readonly [string | Uint8Array, RegExp])[] = [
    [line.trimEnd(), /ends in the middle of a line/],
    [`${line}${line.slice(0, 9)}\n`, /Line 2 .*not JSON/],
    [`${line}\n${line}`, /Line 2 .*not JSON/],
    [`\uFEFF${line}`, /Line 1 .*not JSON/],
    [`${line}{}\n`, /Line 2/],
    [formatListingLine({ ...good, bytes: -1 }), /Line 1 .*bytes/],
    [formatListingLine({ ...good, path: '' }), /Line 1 .*path/],
    [line.replace('}', ',"more":1}'), /Line 1/],
    [line.replace('}', ',"refused":"E_USAGE"}'), /Line 1 .*refused/],
    [Uint8Array.of(0xff, 0x0a), /not UTF-8/],
  ];
  for (const [part, message] of faults) {
    const bytes = typeof part === 'string' ? bytesOf(part) : part;
    assert.throws(() => parseListingPart(bytes), { code: 'E_RUN_CORRUPT', message }, String(part));
  }
});
