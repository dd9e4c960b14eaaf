/**
 * `npm run figures -- [TREE] [--before TREE]`: sizes of files and functions, exported names, long lines and
 * import hops of a tree, as Markdown; with --before, of both trees as `before → after`. The trees need not be
 * built.
 */
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { figuresText } from './figures-text.ts';
import { treeFigures } from './figures-tree.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { before: { type: 'string' } },
});
const tree = resolve(positionals[0] ?? fileURLToPath(new URL('..', import.meta.url)));
const before = values.before === undefined ? undefined : treeFigures(resolve(values.before));
process.stdout.write(figuresText(treeFigures(tree), before));
