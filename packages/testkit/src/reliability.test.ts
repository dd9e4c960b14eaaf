import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wrapProse } from './reliability.ts';

test('long prose is wrapped between words; tables, headings, short lines and code spans stay whole', () => {
  const words = Array.from({ length: 40 }, (_, index) => `word${index}`).join(' ');
  const kept = ['## A heading '.repeat(20), `| ${words} |`, '  short, indented', ''];
  const code = `\`${'a b '.repeat(24)}\``;
  const lines = wrapProse([...kept, words, `before ${code} after`].join('\n')).split('\n');
  assert.deepEqual(lines.slice(0, kept.length), kept);
  assert.equal(lines.slice(kept.length).join(' '), `${words} before ${code} after`);
  assert.ok(lines.slice(kept.length).every((line) => line.length <= 110));
  assert.ok(lines.some((line) => line.includes(code)));
});
