import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { wrapText } from './wrap.ts';

test('a long line goes on under its text', () => {
  assert.equal(
    wrapText('  images      4,962 listed = 4,957 extracted + 5 in quarantine', 40),
    '  images      4,962 listed = 4,957\n              extracted + 5 in\n              quarantine',
  );
  assert.equal(wrapText('  one two three four', 12), '  one two\n  three four');
  assert.equal(wrapText('short', 12), 'short');
  assert.equal(wrapText('they keep some 61.1 % of it', 20), 'they keep some\n61.1 % of it');
  assert.equal(
    wrapText('ok  weights   none here yet: the first run downloads them', 40),
    'ok  weights   none here yet: the first\n              run downloads them',
    'columns stay columns',
  );
});

test('commands, addresses and tables are not broken', () => {
  for (const line of [
    '  look at it  ./verger report /a/very/long/place',
    '              verger head /a/very/long/place',
    "  the command: '/a place/verger' run photos",
    '  $ TMPDIR=/elsewhere /srv/verger/verger head',
    '  next:  `verger resume RUN` makes it again',
    'https://example.org/a file/with/a/long/address',
    '─────────  ──────  ──────────',
  ])
    assert.equal(wrapText(line, 16), line);
});

test('a path is never broken: one that does not fit has a line of its own', () => {
  const path = '/srv/a place/that is/rather/long/5a1b';
  assert.equal(wrapText(`  result      ${path}`, 40), `  result\n  ${path}`);
  assert.equal(
    wrapText(`  file        ${path}/x.svg (3.1 KiB)`, 40),
    `  file\n  ${path}/x.svg\n              (3.1 KiB)`,
  );
  assert.equal(wrapText(`  result      /srv/5a1b`, 24), '  result      /srv/5a1b');
  assert.equal(wrapText('drawings in /a/place/far/away', 20), 'drawings in\n/a/place/far/away');
});

test('no line is longer than the screen unless one word is, and no word is lost', () => {
  const word = fc.stringMatching(/^[a-z]{1,9}$/);
  fc.assert(
    fc.property(fc.array(word, { minLength: 1 }), fc.integer({ min: 24, max: 80 }), (words, columns) => {
      const wrapped = wrapText(`  label   ${words.join(' ')}`, columns);
      for (const line of wrapped.split('\n')) assert.ok(line.length <= columns, line);
      assert.deepEqual(wrapped.split(/\s+/).filter(Boolean), ['label', ...words]);
    }),
  );
});

test('a number stays with its percent sign, and with its sign of multiplication', () => {
  assert.equal(
    wrapText('  codes       E_IMG_EMPTY × 12 and more', 33),
    '  codes       E_IMG_EMPTY × 12\n              and more',
  );
  assert.equal(
    wrapText('  share       about all of 75.1 %', 32),
    '  share       about all of\n              75.1 %',
  );
});
