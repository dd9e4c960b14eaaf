/** Figures of a tree, or of two, as Markdown. */
import type { PackageFigures, TreeFigures } from './figures-tree.ts';

const COLUMNS: readonly (readonly [string, keyof PackageFigures])[] = [
  ['files', 'files'],
  ['lines', 'lines'],
  ['file median', 'fileMedian'],
  ['file p90', 'fileP90'],
  ['function median', 'functionMedian'],
  ['function p90', 'functionP90'],
  ['exported names', 'names'],
  ['exports without a sentence', 'undocumented'],
];

const number = (value: number | undefined) => (value === undefined ? '–' : value.toLocaleString('en-US'));

const hops = (chain: readonly string[]) => (chain.length === 0 ? undefined : chain.length - 1);

/** The table of packages and the figures of the whole tree; with `before`, each cell is `before → after`. */
export function figuresText(after: TreeFigures, before?: TreeFigures): string {
  const cell = (pick: (tree: TreeFigures) => number | undefined) =>
    before === undefined ? number(pick(after)) : `${number(pick(before))} → ${number(pick(after))}`;
  const cells = (of: (tree: TreeFigures) => PackageFigures | undefined) =>
    COLUMNS.map(([, key]) => cell((tree) => of(tree)?.[key]));
  const names = [...new Set([...(before?.packages.keys() ?? []), ...after.packages.keys()])].sort();
  const rows = [
    ['package', ...COLUMNS.map(([title]) => title)],
    ['---', ...COLUMNS.map(() => '---:')],
    ...names.map((name) => [name, ...cells(({ packages }) => packages.get(name))]),
    ['**all**', ...cells(({ total }) => total)],
  ];
  const whole: readonly (readonly [string, (tree: TreeFigures) => number | undefined])[] = [
    ['source lines without tests', ({ total }) => total.lines],
    ['lines over 110 characters, .ts', ({ longLines }) => longLines.ts],
    ['lines over 110 characters, .md', ({ longLines }) => longLines.md],
    ['exports without a sentence', ({ total }) => total.undocumented],
    ['import hops from main to features', ({ chain }) => hops(chain)],
    ['import hops from main to the decoder', ({ decoderChain }) => hops(decoderChain)],
  ];
  const chains = [...(before === undefined ? [] : [['before', before] as const]), ['now', after] as const];
  return [
    ...rows.map((row) => `| ${row.join(' | ')} |`),
    '',
    '| the tree | |',
    '| --- | ---: |',
    ...whole.map(([title, pick]) => `| ${title} | ${cell(pick)} |`),
    '',
    ...chains.flatMap(([name, { chain, decoderChain }]) =>
      [chain, decoderChain].map((files) => `Hops, ${name}: ${files.join(' → ') || 'none'}\n`),
    ),
  ].join('\n');
}
