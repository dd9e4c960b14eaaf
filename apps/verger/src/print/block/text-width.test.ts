import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cutText, padText, textRows, textWidth } from './text-width.ts';

test('wide characters take two columns, marks none', () => {
  const widths = {
    'a–×█': 4,
    漢字: 4,
    ｶﾅ: 2,
    カナ: 4,
    한글: 4,
    'e\u0301': 1,
    ａ: 2,
    '🍎': 2,
    '❤': 1,
    '❤\ufe0f': 2,
    'a\u200bb': 2,
    שלום: 4,
    '、': 2,
  };
  for (const [text, width] of Object.entries(widths)) assert.equal(textWidth(text), width, text);
});

test('a text is cut between characters, to at most its columns, and says so', () => {
  assert.equal(cutText('apple', 5), 'apple');
  assert.equal(cutText('apples', 5), 'appl…');
  assert.equal(cutText('漢字漢字', 6), '漢字…');
  assert.equal(cutText('🍎🍎', 3), '🍎…');
  assert.equal(cutText('apple', 1), '…');
  assert.equal(cutText('apple', 0), '');
  for (let columns = 0; columns < 12; columns += 1)
    assert.ok(textWidth(cutText('a漢🍎e\u0301字xyz', columns)) <= columns);
});

test('a text is broken at spaces into rows, of which the last is cut', () => {
  assert.deepEqual(textRows('fits', 10, 2), ['fits']);
  assert.deepEqual(textRows('one two three four', 9, 2), ['one two', 'three fo…']);
  assert.deepEqual(textRows('one two three four', 9, 3), ['one two', 'three', 'four']);
  assert.deepEqual(textRows('漢字漢字漢字', 6, 2), ['漢字漢', '字漢字']);
  assert.deepEqual(textRows('a/very/long/path b', 10, 2), ['a/very/lon', 'g/path b']);
  assert.deepEqual(textRows('漢', 1, 3), ['…']);
});

test('a text is padded to its columns', () => {
  assert.equal(padText('漢', 4), '漢  ');
  assert.equal(padText('long', 2), 'long');
});
