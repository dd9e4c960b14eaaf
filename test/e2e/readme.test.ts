import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { cli, jsonOf, TRIAL, temporaryFolder } from '@verger/testkit/cli';
import { askDuckDb } from '@verger/testkit/duckdb';
import { plantOrchard } from '@verger/testkit/images';
import { buildProgram } from '../../apps/verger/src/cli/program.ts';

const page = (file: string) => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
const README = page('README.md');
const RESULTS = page('docs/results.md');
/** What a person reads to use verger. */
const GUIDES = [README, page('docs/usage.md'), RESULTS, page('docs/cluster.md')];
const PAGES = [...GUIDES, page('CONTRIBUTING.md'), page('docs/errors.md'), page('docs/decisions.md')];
const scripts = (JSON.parse(page('package.json')) as { scripts: Record<string, string> }).scripts;

/** All pages, by their place in the repository. */
const FILES = [
  ...['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md'],
  ...readdirSync(new URL('../../docs', import.meta.url))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

/** The blocks of README and results page in one language. */
function blocks(language: string): string[] {
  return [
    ...`${README}\n${RESULTS}`.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm')),
  ].map(([, body]) => body ?? '');
}

test('the two promised commands stand before the first heading', () => {
  const [head = ''] = README.split(/^## /m);
  assert.match(head, /npm ci && npm run demo/);
  assert.match(head, /npm ci && npm test/);
});

test('no placeholder is left', () => {
  assert.doesNotMatch(README, /\b(MEASURED|COMPARISON|TODO|TBD)\b/);
});

test('every npm script and every verger command that a page names exists', () => {
  const program = buildProgram('0', () => {});
  const commands = [...program.commands.map((command) => command.name()), 'help'];
  for (const text of PAGES) {
    for (const [, script] of text.matchAll(/\bnpm run (?:--silent )?([a-z][a-z0-9:-]*)/g)) {
      assert.ok(script !== undefined && script in scripts, `npm run ${script}`);
    }
    for (const [, command] of text.matchAll(/(?:\.\/|`)verger ([a-z]+)/g)) {
      assert.ok(commands.includes(command ?? ''), `verger ${command}`);
    }
  }
});

test('the file to install is named as `npm run pack` names it', () => {
  const { version } = JSON.parse(page('package.json')) as { version: string };
  for (const [name] of README.matchAll(/verger-\d[\w.-]*\.tgz/g)) assert.equal(name, `verger-${version}.tgz`);
  for (const [line] of README.matchAll(/^npm install .*\.tgz.*$/gm)) assert.match(line, / --ignore-scripts /);
});

test('every long flag in README, usage and results page is an option of some command', () => {
  const program = buildProgram('0', () => {});
  const flags = program.commands.flatMap((command) => command.options.map(({ long }) => long));
  for (const [, flag] of GUIDES.slice(0, 3)
    .join('\n')
    .replace(/^docker (?:.* verger |[^#\n]*)/gm, '') // Docker's own flags
    .matchAll(/(?<=[\s`])(--[a-z][a-z-]+)/g)) {
    if (['--include', '--ignore-scripts', '--prefix'].includes(flag ?? '')) continue; // npm's
    if (flag === '--export-filename') continue; // Inkscape's
    assert.ok(flags.includes(flag ?? ''), flag);
  }
});

test('no line that reads a CSV lets a reader guess the type of paths and labels', () => {
  const lines = blocks('python').flatMap((block) => [...block.matchAll(/pandas\.read_csv\([\s\S]*?\)\n/g)]);
  assert.ok(lines.length > 0);
  for (const [line] of lines) assert.match(line, /dtype=\{"path": str, "label": str\}/);
  for (const block of blocks('sql').filter((text) => text.includes('read_csv')))
    assert.match(block, /all_varchar/);
  assert.doesNotMatch(`${README}${RESULTS}`, /inferSchema/);
});

test('every page and picture that a page links to exists', () => {
  for (const file of FILES) {
    for (const [, target] of page(file).matchAll(/\]\(([a-zA-Z./-]+\.(?:md|png|svg))(?:#[a-z0-9-]+)?\)/g)) {
      const url = new URL(target ?? '', new URL(`../../${file}`, import.meta.url));
      assert.ok(existsSync(url), `${file} links to ${target}`);
    }
  }
});

test('every source file that a page names exists', () => {
  for (const file of FILES) {
    for (const [, source = ''] of page(file).matchAll(/`([\w.-]+\/[\w./-]+\.(?:ts|js|py|wat))`/g)) {
      const places = [source, `packages/${source}`].map((name) => new URL(`../../${name}`, import.meta.url));
      assert.ok(places.some(existsSync), `${file} names ${source}`);
    }
  }
});

test('the architecture page names every package', () => {
  const text = page('docs/architecture.md');
  for (const name of readdirSync(new URL('../../packages', import.meta.url))) {
    const manifest = new URL(`../../packages/${name}/package.json`, import.meta.url);
    if (existsSync(manifest)) assert.ok(text.includes(`\`${name}\``), name); // else what a build left behind
  }
});

test('the quick start runs on a folder of images, and the SQL block reads its result', async () => {
  const { folder, remove } = await temporaryFolder();
  try {
    const images = join(folder, 'path/to/images');
    await plantOrchard(images, { kinds: 2, views: 4 });
    const lines = blocks('sh').flatMap((block) => block.split('\n'));
    const run = lines.find((line) => line.startsWith('./verger run')) ?? '';
    const report = lines.find((line) => line.startsWith('./verger report')) ?? '';
    const words = (line: string) => line.replace(/^\.\/verger /, '').split(' ');
    const ran = jsonOf<{ location: string; runId: string; extracted: number }>(
      await cli([...words(run), ...TRIAL, '--json'], { cwd: folder }),
    );
    assert.equal((await cli(words(report), { cwd: folder })).code, 0);
    const [sql = '', ofCsv = ''] = blocks('sql');
    const { columns } = await askDuckDb(sql.replaceAll('results/<run id>', ran.location));
    const counts = columns[1] as bigint[];
    assert.equal(counts.length, 2);
    assert.equal(
      counts.reduce((total, count) => total + Number(count), 0),
      ran.extracted,
    );
    jsonOf(await cli(['resume', ran.location, '--csv', '--with-images', '--csv-bom', '--json']));
    const csv = await askDuckDb(ofCsv.replaceAll('results/<run id>', ran.location));
    assert.deepEqual(csv.types, ['VARCHAR', 'VARCHAR', 'DOUBLE[]']);
    assert.equal(csv.columns[0]?.length, ran.extracted);
  } finally {
    await remove();
  }
});
