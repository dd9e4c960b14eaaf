import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sourceFigures } from './figures-source.ts';
import { figuresText } from './figures-text.ts';
import {
  isSource,
  namesOf,
  resolveImport,
  shortestChain,
  type TreeFigures,
  type Workspace,
} from './figures-tree.ts';

const FILES = {
  'apps/verger/src/main.ts': "import './run.ts'; import { a } from '@x/one';",
  'apps/verger/src/run.ts': "import '@x/two/deep';",
  'packages/one/src/index.ts': "export * from './b.js'; export { a } from './a.ts';",
  'packages/one/src/a.ts': "import '@x/two'; export const [a, hidden] = [1, 2];",
  'packages/one/src/b.ts': "export * from './index.ts'; export const b = 1;",
  'packages/two/src/index.ts': '',
  'packages/two/src/deep.ts': '',
};
const workspace: Workspace = {
  sources: new Map(Object.entries(FILES).map(([file, text]) => [file, sourceFigures(file, text)])),
  packages: [
    { folder: 'packages/one', name: '@x/one', entries: new Map([['.', 'packages/one/src/index.ts']]) },
    {
      folder: 'packages/two',
      name: '@x/two',
      entries: new Map([
        ['.', 'packages/two/src/index.ts'],
        ['./deep', 'packages/two/src/deep.ts'],
      ]),
    },
  ],
};

test('sources are those of packages and apps, without what only tests use', () => {
  const files = ['packages/core/src/a.ts', 'apps/verger/src/cli/main.ts', 'packages/testkit/src/a.ts'];
  const others = [
    'packages/a/src/a.test.ts',
    'packages/a/src/testing/b.ts',
    'test/a.ts',
    'packages/a/src/a.d.ts',
  ];
  assert.deepEqual([...files, ...others].filter(isSource), files.slice(0, 2));
});

test('an import leads to a file by its path, or to an entry by the name of its package', () => {
  const from = 'packages/one/src/index.ts';
  assert.equal(resolveImport(workspace, from, './b.js'), 'packages/one/src/b.ts');
  assert.equal(resolveImport(workspace, from, '@x/two'), 'packages/two/src/index.ts');
  assert.equal(resolveImport(workspace, from, '@x/two/deep'), 'packages/two/src/deep.ts');
  assert.equal(resolveImport(workspace, from, '@x/two/other'), undefined);
  assert.equal(resolveImport(workspace, from, '@x/twofold'), undefined);
  assert.equal(resolveImport(workspace, from, 'node:fs'), undefined);
});

test('the names of an entry are its own and those it passes on, once each, in a circle too', () => {
  assert.deepEqual([...namesOf(workspace, 'packages/one/src/index.ts')].sort(), ['a', 'b']);
});

test('the shortest chain of imports is found, through index files and by subpath', () => {
  const main = 'apps/verger/src/main.ts';
  const chain = (sought: string) => shortestChain(workspace, main, (file) => file.startsWith(sought));
  assert.deepEqual(chain('packages/two/'), [main, 'apps/verger/src/run.ts', 'packages/two/src/deep.ts']);
  assert.deepEqual(chain('packages/two/src/index'), [
    main,
    'packages/one/src/index.ts',
    'packages/one/src/a.ts',
    'packages/two/src/index.ts',
  ]);
  assert.deepEqual(chain('packages/three/'), []);
});

test('two trees stand in one table, a package that one of them lacks as a dash', () => {
  const row = { fileMedian: 1, fileP90: 2, functionMedian: 3, functionP90: 4, names: 5, undocumented: 6 };
  const tree = (name: string, lines: number): TreeFigures => {
    const own = { files: 1, lines, ...row };
    const chain = ['main.ts', `${name}.ts`];
    return {
      packages: new Map([[name, own]]),
      ...{ total: own, longLines: { ts: 7, md: 8 }, chain, decoderChain: [] },
    };
  };
  const text = figuresText(tree('new', 1000), tree('old', 2000));
  assert.match(text, /^\| new \| – → 1 \| – → 1,000 \|/m);
  assert.match(text, /^\| old \| 1 → – \| 2,000 → – \|/m);
  assert.match(text, /^\| \*\*all\*\* \| 1 → 1 \| 2,000 → 1,000 \|/m);
  assert.match(text, /^\| import hops from main to features \| 1 → 1 \|/m);
  assert.match(text, /^\| import hops from main to the decoder \| – → – \|/m);
  assert.match(figuresText(tree('new', 1000)), /^\| new \| 1 \| 1,000 \|/m);
});
