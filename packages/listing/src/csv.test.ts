import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { csvRecords } from './csv.ts';

const read = (text: string) => [...csvRecords(text)].map(({ fields }) => fields);

test('what is quoted as RFC 4180 says is read back, with LF and with CRLF', () => {
  const field = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r', ' ', '\u00e9', '\u{1f34e}') });
  const records = fc.array(fc.array(field, { minLength: 2, maxLength: 4 }), { maxLength: 6 });
  const end = fc.constantFrom('\n', '\r\n');
  fc.assert(
    fc.property(records, end, fc.boolean(), (rows, newline, last) => {
      const quote = (text: string) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
      const lines = rows.map((row) => row.map(quote).join(','));
      const text = lines.join(newline) + (last && lines.length > 0 ? newline : '');
      assert.deepEqual(read(text), rows);
    }),
  );
});

test('empty lines are skipped, empty fields are not; a byte order mark is no text', () => {
  assert.deepEqual(read('\uFEFFa,b\n\n,\r\n""\r\n"",""\n'), [
    ['a', 'b'],
    ['', ''],
    ['', ''],
  ]);
});

test('records know their line', () => {
  const lines = [...csvRecords('a,b\n"x\ny",1\n\nz,2')].map(({ line }) => line);
  assert.deepEqual(lines, [1, 2, 5]);
});

test('broken quotes are named with their line', () => {
  assert.throws(() => read('a,b\n"c,d\n'), /Line 2: a quote is not closed/);
  assert.throws(() => read('a,b\nc"d,e\n'), /Line 2: a quote in a field/);
  assert.throws(() => read('a,b\n"c"d,e\n'), /Line 2: text follows/);
});
