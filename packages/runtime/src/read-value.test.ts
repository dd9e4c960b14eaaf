import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseBytes, parseList, parseShare } from './read-value.ts';

test('sizes', () => {
  const cases = [
    ['512MiB', 512 * 2 ** 20],
    ['1GiB', 2 ** 30],
    ['1.5 GiB', 1.5 * 2 ** 30],
    ['2gb', 2e9],
    ['3m', 3 * 2 ** 20],
    ['1048576', 2 ** 20],
    [' 7 B ', 7],
    ['', undefined],
    ['GiB', undefined],
    ['1 XiB', undefined],
    ['-1', undefined],
    ['1e3', undefined],
    ['1,5GiB', undefined],
    ['constructor', undefined],
    ['1 constructor', undefined],
  ] as const;
  for (const [text, bytes] of cases) assert.equal(parseBytes(text), bytes, text);
});

test('shares', () => {
  const cases = [
    ['0.1', 0.1],
    ['.75', 0.75],
    ['1.', 1],
    ['75%', 0.75],
    ['7.5 %', 0.075],
    ['', undefined],
    ['.', undefined],
    ['%', undefined],
    ['-0.1', undefined],
    ['0,5', undefined],
    ['Infinity', undefined],
    ['0x1', undefined],
  ] as const;
  for (const [text, share] of cases) assert.equal(parseShare(text), share, text);
});

test('lists are cut at commas that are not in braces', () => {
  const cases = [
    ['*.jpg', ['*.jpg']],
    ['*.jpg,*.png', ['*.jpg', '*.png']],
    [' a , ,b ', ['a', 'b']],
    ['*.{jpg,jpeg},x', ['*.{jpg,jpeg}', 'x']],
    ['{a,{b,c}},d', ['{a,{b,c}}', 'd']],
    ['a},b', ['a}', 'b']],
    [',', []],
  ] as const;
  for (const [text, parts] of cases) assert.deepEqual(parseList(text), parts, text);
});
