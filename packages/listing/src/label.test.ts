import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sha256, VergerError } from '@verger/core';
import fc from 'fast-check';
import { parseLabelRule } from './label.ts';

const noFile = async (path: string): Promise<string> => {
  throw new Error(`no such file: ${path}`);
};

async function labelOf(rule: string, path: string): Promise<string> {
  return (await parseLabelRule(rule, noFile)).labeler(path);
}

async function csvLabeler(text: string) {
  return await parseLabelRule('csv:labels.csv', async () => text);
}

test('parent is the name of the nearest folder, "" in the root', async () => {
  assert.equal(await labelOf('parent', 'a.jpg'), '');
  assert.equal(await labelOf('parent', 'cats/a.jpg'), 'cats');
  assert.equal(await labelOf('parent', 'train/big cats/a.jpg'), 'big cats');
  assert.equal(await labelOf('parent', 'x/a,"b"\n/a.jpg'), 'a,"b"\n');
});

test('parent is the segment before the last, for any path', async () => {
  const { labeler } = await parseLabelRule('parent', noFile);
  const segment = fc.string({ minLength: 1 }).map((text) => text.replaceAll('/', '_'));
  fc.assert(
    fc.property(fc.array(segment, { minLength: 1, maxLength: 5 }), (segments) => {
      assert.equal(labeler(segments.join('/')), segments.at(-2) ?? '');
    }),
  );
});

test('none is ""', async () => {
  assert.equal(await labelOf('none', 'cats/a.jpg'), '');
});

test('regex gives its first group, "" where it or the group does not match', async () => {
  assert.equal(await labelOf('regex:^([^/]+)/', 'train/cats/a.jpg'), 'train');
  assert.equal(await labelOf('regex:^([^/]+)/', 'a.jpg'), '');
  assert.equal(await labelOf('regex:([a-z]+)_\\d', 'x/cat_1.jpg'), 'cat');
  assert.equal(await labelOf('regex:^(?:(a)|b)', 'b'), '');
  assert.equal(await labelOf('regex:^(?<kind>.)', '\u{1f34e}.jpg'), '\u{1f34e}');
  assert.equal(await labelOf('regex:^(?:[^/]+/)*([^/]+)/[^/]+$', 'a/b/c/d.jpg'), 'c');
  assert.equal(await labelOf('regex:(a+)', 'a'.repeat(600)), 'a'.repeat(600));
});

test('an expression that is not valid or has no group is E_LABEL_REGEX', async () => {
  for (const expression of ['', '(', 'cats', '(?:cats)', '[(]', '\\(x\\)', '(a)\\']) {
    await assert.rejects(
      parseLabelRule(`regex:${expression}`, noFile),
      { code: 'E_LABEL_REGEX' },
      expression,
    );
  }
});

test('an expression that backtracks without end stops with the path, it does not hang', async () => {
  for (const expression of ['^(a+)+$', '^(?:a|aa)*(b)$', '^(a?a?a?a?a?a?a?a?.*.*.*.*.*.*.*.*)!$']) {
    const { labeler } = await parseLabelRule(`regex:${expression}`, noFile);
    const path = `${'a'.repeat(200)}.jpg`;
    assert.throws(
      () => labeler(path),
      (error) => error instanceof VergerError && error.code === 'E_LABEL_REGEX' && error.place.path === path,
      expression,
    );
    assert.equal(labeler('zz'), '');
  }
});

test('csv takes the columns path and label, wherever they stand, and is named by its content', async () => {
  const text = 'id,label,path\r\n1,"cats, big","a ""b"".jpg"\r\n2,dogs,x/y.jpg\r\n2,dogs,x/y.jpg\r\n';
  const { labeler, rule } = await csvLabeler(text);
  assert.equal(rule, `csv:${sha256(text)}`);
  assert.equal(labeler('a "b".jpg'), 'cats, big');
  assert.equal(labeler('x/y.jpg'), 'dogs');
  assert.equal(labeler('y.jpg'), '');
  assert.equal(labeler('__proto__'), '');
});

test('a csv that is none, or says two things of a path, is E_LABEL_CSV with the line', async () => {
  const faults: readonly (readonly [string, RegExp])[] = [
    ['', /Line 1/],
    ['file,label\na,b\n', /Line 1/],
    ['path,label\na\n', /Line 2/],
    ['path,label\na,b\na,b,c\n', /Line 3/],
    ['path,label\n"a,b\n', /Line 2/],
    ['path,label\na,b\nc,d\na,x\n', /Line 4/],
  ];
  for (const [text, message] of faults) {
    await assert.rejects(csvLabeler(text), { code: 'E_LABEL_CSV', message }, text);
  }
  await assert.rejects(parseLabelRule('csv:none.csv', noFile), {
    code: 'E_LABEL_CSV',
    message: /no such file/,
  });
});

test('any other rule is a usage error', async () => {
  for (const rule of ['', 'Parent', 'regex', 'csv', 'json:x']) {
    await assert.rejects(parseLabelRule(rule, noFile), { code: 'E_USAGE' });
  }
});

test('parent, none and regex stand in the manifest as they were given', async () => {
  for (const rule of ['parent', 'none', 'regex:^(.)']) {
    assert.equal((await parseLabelRule(rule, noFile)).rule, rule);
  }
});
