import assert from 'node:assert/strict';
import { isUtf8 } from 'node:buffer';
import { test } from 'node:test';
import fc from 'fast-check';
import { checkKey, escapeName, isUtf8Name, rawOf, textOf } from './names.ts';

const byteString = fc
  .uint8Array({ minLength: 1, maxLength: 12 })
  .map((bytes) => Buffer.from(bytes).toString('latin1'));

test('text survives the way to a byte string and back', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => textOf(rawOf(text)) === text));
});

test('byte strings compare as the UTF-8 of their texts', () => {
  const text = fc.string({ unit: 'binary' });
  fc.assert(
    fc.property(text, text, (a, b) => {
      const [rawA, rawB] = [rawOf(a), rawOf(b)];
      const order = rawA < rawB ? -1 : rawA > rawB ? 1 : 0;
      return order === Buffer.compare(Buffer.from(a), Buffer.from(b));
    }),
  );
});

test('an escaped name is UTF-8, and gives back its bytes', () => {
  const original = (escaped: string) =>
    escaped.replace(/\\(\\|x([0-9a-f]{2}))/g, (_, all: string, hex: string | undefined) =>
      hex === undefined ? all : String.fromCharCode(Number.parseInt(hex, 16)),
    );
  fc.assert(
    fc.property(byteString, (raw) => {
      const escaped = escapeName(raw);
      assert.ok(isUtf8(Buffer.from(escaped, 'latin1')));
      assert.equal(original(escaped), raw);
    }),
  );
});

test('escaping leaves UTF-8 alone, but for backslashes', () => {
  assert.equal(textOf(escapeName('\xff\xc3\xa9\\.jpg')), '\\xff\u00e9\\\\.jpg');
  assert.equal(escapeName('\xf0\x9f\x8d'), '\\xf0\\x9f\\x8d');
  assert.ok(isUtf8Name('\xf0\x9f\x8d\x8e'));
  assert.ok(!isUtf8Name('\xed\xa0\x80'), 'a surrogate is not UTF-8');
});

test('no accepted key can name anything outside of the root', () => {
  const key = fc.array(fc.constantFrom('.', '..', '', 'a', '.tmp', 'b.', '..c', '/', '\0'), { minLength: 1 });
  fc.assert(
    fc.property(key, (segments) => {
      const text = segments.join('/');
      try {
        checkKey(text, '/root');
      } catch {
        return;
      }
      const url = new URL(`file:///root/${text.split('/').map(encodeURIComponent).join('/')}`);
      assert.equal(decodeURIComponent(url.pathname), `/root/${text}`);
      assert.ok(!text.startsWith('.tmp/') && text !== '.tmp');
    }),
  );
});
