import assert from 'node:assert/strict';
import { test } from 'node:test';
import { groupFiles, groupModule, runsAlone } from './test-groups.ts';

const plain = (file: string) => ({ file, text: "test('a fact', () => {});\n" });
const alone = (text: string) => runsAlone({ file: 'a.test.ts', text }, {});

test('a file whose hooks, mocks, variables, handlers or drawings others would meet runs alone', () => {
  for (const text of [
    'before(async () => {});',
    '\nafter(() => folder.remove());',
    "const read = mock.method(fs, 'read');",
    'mock.timers.enable();',
    "process.env['VERGER_X'] = '1';",
    'Object.assign(process.env, TEST_ENV);',
    "delete process.env['VERGER_X'];",
    "process.once('SIGTERM', end);",
    "import { brokenFiles } from '@verger/orchard';",
    "import { drawings } from '@verger/testkit/images';",
  ]) {
    assert.equal(alone(text), true, text);
  }
});

test('hooks of a suite or a test, mocks of a test and variables that are read do no harm', () => {
  for (const text of [
    'describe("a", () => {\n  before(async () => {});\n});',
    't.after(() => pool.close());',
    "t.mock.method(fs, 'read');",
    "if (process.env['VERGER_X'] === '1') more();",
    'const all = { ...process.env };',
  ]) {
    assert.equal(alone(text), false, text);
  }
});

test('each file is in one group; neighbours share one until it is long enough', () => {
  const times = { 'a/1.test.ts': 5, 'a/2.test.ts': 5, 'a/3.test.ts': 2, 'b/1.test.ts': 0, 'b/2.test.ts': 40 };
  const files = Object.keys(times);
  const hooks = { file: 'a/hooks.test.ts', text: 'before(() => {});' };
  const groups = groupFiles([hooks, ...files.reverse().map(plain)], times);
  assert.deepEqual(groups, [
    ['a/1.test.ts', 'a/2.test.ts'],
    ['a/3.test.ts', 'b/1.test.ts'],
    ['a/hooks.test.ts'],
    ['b/2.test.ts'],
  ]);
  assert.deepEqual(groupFiles([], times), []);
});

test('a file that nobody has measured counts as a second', () => {
  const files = Array.from({ length: 20 }, (_, at) => `${String(at).padStart(2, '0')}.test.ts`);
  const groups = groupFiles(files.map(plain), {});
  assert.deepEqual(
    groups.map(({ length }) => length),
    [9, 9, 2],
  );
  assert.deepEqual(groups.flat(), files);
});

test('a group is a module that imports its files', () => {
  assert.equal(
    groupModule(['file:///a b.ts', 'file:///c.ts']),
    'import "file:///a b.ts";\nimport "file:///c.ts";\n',
  );
});
