import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countLines, countLongLines, quantile, sourceFigures } from './figures-source.ts';

const figures = (...lines: string[]) => sourceFigures('a.ts', `${lines.join('\n')}\n`);

test('lines are counted as wc counts them, and long ones by characters', () => {
  assert.deepEqual([countLines(''), countLines('a\n'), countLines('a\nb\n')], [0, 1, 2]);
  assert.equal(countLongLines(`${'→'.repeat(3)}\n${'😀'.repeat(3)}\nabcd\n`, 3), 1);
});

test('a quantile is the value of the nearest rank', () => {
  assert.equal(quantile([], 0.5), 0);
  assert.equal(quantile([10, 9, 8, 7, 6, 5, 4, 3, 2, 1], 0.5), 5);
  assert.equal(quantile([10, 9, 8, 7, 6, 5, 4, 3, 2, 1], 0.9), 9);
});

test('functions with a name of their own count, callbacks and signatures do not', () => {
  const { functions } = figures(
    'declare function bare(): void;',
    'function two() {',
    '  return [].map((x) => x); }',
    'const one = () => 1;',
    'const table = { three: async () => {',
    '    await x;',
    '  },',
    '  four() {} };',
    'class A { constructor() {} get b() { return 1; } c = () => {}; }',
  );
  assert.deepEqual(functions, [2, 1, 3, 1, 1, 1, 1]);
});

test('a name is documented by a comment with text directly on its declaration', () => {
  const { exported, undocumented } = figures(
    '/** The file. */',
    "import { x } from 'y';",
    'export const a = 1, b = 2;',
    '/** A sentence. */',
    'export interface C {}',
    '/** @internal */',
    'export type D = 1;',
    '// no doc',
    'export class E {}',
    '/** The overloaded one. */',
    'export function f(x: 1): void;',
    'export function f(x: 2): void;',
    'export function f(): void {}',
    'const g = 1;',
    '/** Named below. */',
    'const h = 1;',
    'const inner = 1;',
    "export { g, h as i }; export { k } from './k.ts';",
  );
  assert.deepEqual(exported, ['a', 'b', 'C', 'D', 'E', 'f', 'g', 'i', 'k']);
  assert.deepEqual(undocumented, ['a', 'b', 'D', 'E', 'g']);
});

test('imports are those of types, of values, passed on, and asked for later', () => {
  const { imports, stars } = figures(
    "import type { A } from './a.ts';",
    "import './b.ts';",
    "export { c } from './c.ts';",
    "export * from './d.ts';",
    "export const load = () => import('./e.ts');",
  );
  assert.deepEqual(imports, ['./a.ts', './b.ts', './c.ts', './d.ts', './e.ts']);
  assert.deepEqual(stars, ['./d.ts']);
});
