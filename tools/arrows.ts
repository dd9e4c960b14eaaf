/**
 * The arrows step of `npm run check`: who imports whom (`.dependency-cruiser.cjs`). It also proves the rules,
 * and those of `words.grit`, which the lint step holds: every rule is broken on purpose in a temporary copy,
 * and must be found there.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { PLANTS, plantCopy } from './arrows-plants.ts';
import { trackedFiles } from './sources.ts';

/** A place that breaks a rule. `detail` says how, as the end of a sentence that begins with the file. */
interface Fault {
  readonly rule: string;
  readonly file: string;
  readonly detail: string;
}

interface Cruised {
  readonly modules: readonly { readonly source: string }[];
  readonly summary: {
    readonly violations: readonly {
      readonly from: string;
      readonly to: string;
      readonly rule: { readonly name: string };
      readonly cycle?: readonly { readonly name: string }[];
    }[];
  };
}

const root = fileURLToPath(new URL('..', import.meta.url));
const CONFIG = '.dependency-cruiser.cjs';
const ALL_CRUISED = 'all-cruised';

async function outputOf(tree: string, tool: string, args: readonly string[]): Promise<string> {
  // Biome says there that the plants are faults, as they are meant to be.
  const stderr = tool === 'biome' ? 'ignore' : 'inherit';
  const child = spawn(`${root}node_modules/.bin/${tool}`, args, {
    cwd: tree,
    stdio: ['ignore', 'pipe', stderr],
  });
  const chunks: Buffer[] = [];
  for await (const chunk of child.stdout) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

/**
 * Faults of the imports of a tree, and how many of its modules were seen. `files` are its .ts files. About 4
 * s of CPU.
 */
async function cruise(tree: string, files: readonly string[]): Promise<{ faults: Fault[]; cruised: number }> {
  const folders = [
    ...['packages', 'apps', 'test', 'tools', 'examples'],
    // Not infra/aws itself, which may hold 200 MB of node_modules.
    ...['infra/aws/src', 'infra/aws/test', 'infra/aws/smoke'],
  ].filter((folder) => existsSync(`${tree}${folder}`));
  const output = await outputOf(tree, 'depcruise', ['--config', CONFIG, '--output-type', 'json', ...folders]);
  const { modules, summary } = JSON.parse(output) as Cruised;
  const own = modules
    .map(({ source }) => source)
    .filter((source) => /^(?!.*node_modules\/).*\.ts$/.test(source));
  const [seen, there] = [new Set(own), new Set(files)];
  const missed = files.filter((file) => !seen.has(file)).map((file) => [file, 'was not cruised'] as const);
  const unknown = own.filter((file) => !there.has(file));
  return {
    cruised: own.length,
    faults: [
      ...summary.violations.map(({ rule, from, to, cycle }) => {
        const imported = cycle?.map(({ name }) => name).join(', which imports ') ?? to;
        return { rule: rule.name, file: from, detail: `imports ${imported}` };
      }),
      // Of these the other rules would say nothing.
      ...[...missed, ...unknown.map((file) => [file, 'was cruised, but git does not know it'] as const)].map(
        ([file, detail]) => ({ rule: ALL_CRUISED, file, detail }),
      ),
    ],
  };
}

/** What the lint step says of these files of a tree by the rules of `words.grit`. */
async function wordFaults(tree: string, files: readonly string[]): Promise<Fault[]> {
  const output = await outputOf(tree, 'biome', [
    'lint',
    '--vcs-enabled=false',
    '--reporter=github',
    ...files,
  ]);
  const found = output.matchAll(/^::error title=plugin,file=([^,]+),line=(\d+).*?::([a-z-]+): /gm);
  return [...found].map(([, file = '', line = '', rule = '']) => ({
    ...{ rule, file: file.replace(tree, '') },
    detail: `says it in line ${line}`,
  }));
}

/** The rules with their sentences, as the two configurations say them. */
function allRules(): ReadonlyMap<string, string> {
  const { forbidden } = createRequire(import.meta.url)(`${root}${CONFIG}`) as {
    forbidden: { name: string; comment: string }[];
  };
  const words = readFileSync(`${root}tools/words.grit`, 'utf8').matchAll(/message="([a-z-]+): (.*)"/g);
  return new Map([
    ...forbidden.map(({ name, comment }) => [name, comment] as const),
    [ALL_CRUISED, 'every .ts file is seen by dependency-cruiser'],
    ...[...words].map(([, name = '', sentence = '']) => [name, `${sentence} (lint)`] as const),
  ]);
}

/** What the check fails to find in a copy with every rule broken; empty when it can be trusted. */
async function blindSpots(rules: ReadonlyMap<string, string>, files: readonly string[]): Promise<string[]> {
  // The real path, because imports are resolved to real paths and /tmp may be a link.
  const copy = `${realpathSync(mkdtempSync(`${tmpdir()}/verger-arrows-`))}/`;
  try {
    const sources = plantCopy(root, copy, files);
    const words = await wordFaults(
      copy,
      PLANTS.map(({ file }) => file),
    );
    const faults = [...(await cruise(copy, sources)).faults, ...words];
    const unseen = PLANTS.filter(
      (plant) => !faults.some(({ rule, file }) => rule === plant.rule && file === plant.file),
    ).map(({ rule, file }) => `${rule}: the fault planted in ${file} was not seen`);
    const unproved = [...rules.keys()]
      .filter((name) => !PLANTS.some(({ rule }) => rule === name))
      .map((name) => `${name}: no plant breaks this rule`);
    return [...unseen, ...unproved];
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

const all = trackedFiles(root, ['.ts', '.grit', '.cjs', '.json']).filter(
  (file) => existsSync(`${root}${file}`) && !file.startsWith('package-lock'),
);
const sources = all.filter((file) => file.endsWith('.ts'));
const rules = allRules();
const tree = cruise(root, sources);
const proof = blindSpots(rules, all);
// Both end whatever happens to one, so that the copy is always removed.
await Promise.allSettled([tree, proof]);
const { faults, cruised } = await tree;
const blind = await proof;

for (const [name, sentence] of rules) {
  const own = faults.filter(({ rule }) => rule === name);
  const plants = PLANTS.filter(({ rule }) => rule === name).length;
  const verdict = own.length === 0 ? 'ok  ' : 'FAIL';
  process.stdout.write(`${verdict} ${name}: ${sentence} (${plants} planted)\n`);
  for (const { file, detail } of own) process.stdout.write(`       ${file} ${detail}\n`);
}
for (const spot of blind) process.stdout.write(`FAIL the check is blind: ${spot}\n`);
process.stdout.write(`${cruised} modules cruised, ${sources.length} .ts files\n`);
process.exitCode = faults.length + blind.length === 0 ? 0 : 1;
