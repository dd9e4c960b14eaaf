/**
 * `npm run compare-release -- TREE IMAGES [more flags of run]`: features of the same images by the built
 * release in TREE and by this one, compared bit by bit. TREE is made so:
 *
 *     git worktree add --detach /tmp/v01 COMMIT && cp -al node_modules /tmp/v01/ && (cd /tmp/v01 && npm run
 * build)
 *
 * Both take the globs of 0.1, so that they list the same. Prints counts; ends with 1 where a row, a code or a
 * model differs.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { decodeFeatures } from '@verger/tables';
import { filesUnder } from '@verger/testkit/run-folder';
import { programOf } from '@verger/testkit/tree';

const HERE = fileURLToPath(new URL('../..', import.meta.url));
const GLOBS = ['*.jpg', '*.jpeg', '*.png', '*.webp', '*.gif'].flatMap((glob) => ['--glob', glob]);

interface Extracted {
  readonly folder: string;
  /** Path → sha of its features' bytes, as hexadecimal. */
  readonly rows: ReadonlyMap<string, string>;
  readonly classes: readonly string[];
}

async function extract(tree: string, output: string, words: readonly string[]): Promise<Extracted> {
  const program = programOf(tree);
  const args = [program, 'run', ...words, ...GLOBS, '--output', output, '--max-bad', '1', '--name', 'run'];
  const { status } = spawnSync(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) throw new Error(`verger of ${tree} ended with ${status}`);
  const folder = join(output, 'run');
  const rows = new Map<string, string>();
  const classes = new Set<string>();
  for (const file of filesUnder(join(folder, 'features'))) {
    const { paths, features, metadata } = await decodeFeatures(readFileSync(join(folder, 'features', file)));
    classes.add(metadata.numericClass);
    const width = features.length / Math.max(1, paths.length);
    for (const [row, path] of paths.entries()) {
      const { buffer, byteOffset } = features.subarray(row * width, (row + 1) * width);
      rows.set(path, Buffer.from(buffer, byteOffset, width * 4).toString('hex'));
    }
  }
  return { folder, rows, classes: [...classes] };
}

const codesOf = ({ folder }: Extracted) =>
  readFileSync(join(folder, 'quarantine.jsonl'), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const { path, code } = JSON.parse(line) as { path: string; code: string };
      return `${path} ${code}`;
    });

const [tree, ...words] = process.argv.slice(2);
if (tree === undefined || words.length === 0) throw new Error('which tree, and which images?');
const place = mkdtempSync(join(tmpdir(), 'verger-compare-'));
try {
  const before = await extract(tree, join(place, 'before'), words);
  const now = await extract(HERE, join(place, 'now'), words);
  const other = [...before.rows].filter(([path, row]) => now.rows.get(path) !== row).map(([path]) => path);
  const added = [...now.rows.keys()].filter((path) => !before.rows.has(path));
  const codes = codesOf(before).filter((line) => !codesOf(now).includes(line));
  const derived = [
    'pca/model.json',
    ...filesUnder(join(before.folder, 'projection')).map((name) => `projection/${name}`),
  ];
  const files = derived.filter((name) => {
    const [a, b] = [before, now].map(({ folder }) => readFileSync(join(folder, name)));
    return a === undefined || b === undefined || !a.equals(b);
  });
  process.stdout.write(
    `${before.rows.size} rows of ${tree} (class ${before.classes.join()}), ${now.rows.size} of this tree (class ${now.classes.join()})\n` +
      `rows that differ or are gone: ${other.length}${other
        .slice(0, 20)
        .map((path) => `\n  ${path}`)
        .join('')}\n` +
      `rows that are new: ${added.length}${added
        .slice(0, 20)
        .map((path) => `\n  ${path}`)
        .join('')}\n` +
      `codes that differ: ${codes.length}${codes
        .slice(0, 20)
        .map((line) => `\n  ${line}`)
        .join('')}\n` +
      `model and projections that differ: ${files.join(', ') || 'none'}\n`,
  );
  if (other.length + codes.length + files.length > 0) process.exitCode = 1;
} finally {
  rmSync(place, { recursive: true, force: true });
}
