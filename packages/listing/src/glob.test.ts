import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_GLOB, VergerError } from '@verger/core';
import { compileGlob } from './glob.ts';

function check(patterns: readonly string[], yes: readonly string[], no: readonly string[]): void {
  const matches = compileGlob(patterns);
  for (const path of yes) assert.ok(matches(path), `${patterns} matches ${JSON.stringify(path)}`);
  for (const path of no) assert.ok(!matches(path), `${patterns} does not match ${JSON.stringify(path)}`);
}

test('the default takes five endings in any case, at any depth', () => {
  check(
    DEFAULT_GLOB,
    ['a.jpg', 'a.JPG', 'b/c/a.JpEg', 'b/a.png', 'a.webp', 'a.GIF', 'a.b.jpg', '-rf.jpg', 'a b,"c".jpg'],
    ['a.txt', 'jpg', 'a.jpg.txt', 'a.jpgx', 'x.jpg/readme', '', 'a.tiff'],
  );
});

test('names with newlines, emoji and odd escapes match as all others', () => {
  check(
    DEFAULT_GLOB,
    [
      '\n.jpg',
      'a\nb/\nc\r.jpg',
      '\u2028.jpg',
      '\u{1f34e}/\u{1f34f}.jpg',
      'cafe\u0301.jpg',
      'a\\xff.jpg',
      '[a]{b}*.jpg',
    ],
    ['a.jpg\n', 'a.jpg\n.txt'],
  );
});

test("names and folders that begin with '.' need a pattern that says so", () => {
  check(DEFAULT_GLOB, ['a/b..jpg'], ['._a.jpg', 'a/._a.jpg', '.Trash/a.jpg', 'a/.thumbs/b/a.jpg', '.jpg']);
  check(['.*.jpg'], ['._a.jpg', 'b/._a.jpg'], ['a.jpg']);
  check(['.Trash/*'], ['.trash/a.jpg'], ['a.jpg']);
});

test("a pattern with '/' is matched against the whole path, without one against the name", () => {
  check(['train/*.jpg'], ['train/a.jpg', 'TRAIN/A.JPG'], ['train/b/a.jpg', 'x/train/a.jpg', 'a.jpg']);
  check(['train/**'], ['train/a.jpg', 'train/b/c/a'], ['x/train/a']);
  check(['**/cats/*.{jpg,png}'], ['cats/a.jpg', 'x/y/cats/a.PNG'], ['cats/a.gif', 'cats/x/a.jpg']);
  check(['./*.jpg'], ['a.jpg'], ['b/a.jpg']);
  check(['/*.jpg'], ['a.jpg'], ['b/a.jpg']);
  check(['img_?.jpg'], ['x/img_1.jpg'], ['img_12.jpg', 'img_/.jpg']);
  check(['[ab]*.jpg'], ['A1.jpg', 'b.jpg'], ['c.jpg']);
});

test("a pattern that begins with '!' leaves out", () => {
  check(['*.jpg', '!thumb*'], ['a.jpg'], ['thumb1.jpg', 'x/Thumb.jpg', 'a.png']);
  check(['!*.png'], ['a.jpg', 'a.gif'], ['a.png', 'a.txt']);
  check(['*.jpg', '!test/**'], ['train/a.jpg'], ['test/a.jpg', 'test/x/a.jpg']);
});

test('a pattern that is too long to compile is a usage error', () => {
  const usage = (error: unknown) => error instanceof VergerError && error.code === 'E_USAGE';
  assert.throws(() => compileGlob(['a'.repeat(70_000)]), usage);
  assert.throws(() => compileGlob(['']), usage);
  assert.throws(() => compileGlob(['!']), usage);
});
